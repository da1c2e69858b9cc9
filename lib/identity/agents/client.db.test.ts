import { generateKeyPairSync } from 'node:crypto'
import { exportJWK, type JWK } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployment, disconnect, forOrg } from '#lib/db'
import { createEgress, parseAllow } from '#lib/egress'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { closers, serve } from '../../egress/testing.ts'
import {
  agentClient,
  checkAgentSecret,
  createAgentIn,
  createCredentialIn,
  disableAgentIn,
  getAgent,
  listCredentials,
  reachIssuers,
  revokeCredentialIn,
  rotateSecretIn,
  setAgentDisabledIn,
  systemCaller,
  upsertClientAgentIn,
} from '../index.ts'
import { agentCredentialInput, agentInput } from '../schema.ts'
import { noteAgentSeen } from './client.ts'

const by = { type: 'system', id: 'test' }
let superuser: Superuser
let acme: Tenant
let globex: Tenant

beforeAll(async () => {
  superuser = await useSuperuser()
  const operator = systemCaller('test')
  acme = await ensureOrg(operator, 'acme', prepareOrgKeys)
  globex = await ensureOrg(operator, 'globex', prepareOrgKeys)
})
afterAll(disconnect)

const newAgent = async (tenant = acme, more = {}) =>
  (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira', ...more }))).id
const uuid = (id: string) => parseId('agent', id) ?? ''
const credentialId = ({ id }: { id: string }) => parseId('agent_credential', id) ?? ''

const give = (agent: string, input: Record<string, unknown>, tenant = acme) =>
  forOrg(tenant, (tx) => createCredentialIn(tx, tenant, uuid(agent), agentCredentialInput.parse(input), by))
const secretOf = async (agent: string, more = {}) => {
  const made = await give(agent, { kind: 'client_secret', ...more })
  if (made.secret === undefined) throw new Error('no secret')
  return { ...made, secret: made.secret }
}
const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })

test('has several secrets in force at once, each kept as a digest and ended apart', async () => {
  const agent = await newAgent()
  const [one, two] = [await secretOf(agent), await secretOf(agent)]
  expect(one.secret).toMatch(/^bhf_as_[\w-]{43}$/)
  expect(one.hint).toBe(one.secret.slice(-4))
  for (const { secret } of [one, two]) expect(await checkAgentSecret(agent, secret)).toBe(true)
  const rows = await superuser.sql('SELECT * FROM agent_credentials')
  expect(JSON.stringify(rows)).not.toContain(one.secret)
  expect(await forOrg(acme, (tx) => revokeCredentialIn(tx, acme, uuid(agent), credentialId(one)))).toBe(true)
  expect(await checkAgentSecret(agent, one.secret)).toBe(false)
  expect(await checkAgentSecret(agent, two.secret)).toBe(true)
})

test('takes no secret of another agent, of another organization, and nothing that is none', async () => {
  const [agent, other, foreign] = [await newAgent(), await newAgent(), await newAgent(globex)]
  const { secret } = await secretOf(agent)
  for (const as of [other, foreign, `ag_${'0'.repeat(32)}`, 'ag_', '', 'https://client.test/meta'])
    expect(await checkAgentSecret(as, secret), as).toBe(false)
  await give(agent, { kind: 'tls_client_auth', certificate_thumbprint: 'A'.repeat(43) })
  for (const given of ['', `${secret}x`, secret.slice(0, -1), secret.toUpperCase(), 'x'.repeat(10_000)])
    expect(await checkAgentSecret(agent, given), given.slice(0, 50)).toBe(false)
})

test('rotates a secret with an overlap: both are good, then the new one alone', async () => {
  const agent = await newAgent()
  const old = await secretOf(agent, { name: 'production' })
  const rotate = (id: string, overlap_seconds: number) =>
    forOrg(acme, (tx) => rotateSecretIn(tx, acme, uuid(agent), id, { overlap_seconds }, by))
  const fresh = await rotate(credentialId(old), 600)
  expect(fresh).toMatchObject({ kind: 'client_secret', name: 'production', status: 'active' })
  for (const { secret } of [old, fresh]) expect(await checkAgentSecret(agent, secret)).toBe(true)
  const [, kept] = await listCredentials(acme, uuid(agent), null, 10)
  const left = Date.parse(kept?.expires_at ?? '') - Date.now()
  expect(left).toBeGreaterThan(590_000)
  expect(left).toBeLessThanOrEqual(600_000)
  await superuser.tamper(
    `UPDATE agent_credentials SET expires_at = now() - interval '1 second' WHERE id = $1`,
    [credentialId(old)],
  )
  expect(await checkAgentSecret(agent, old.secret)).toBe(false)
  expect(await checkAgentSecret(agent, fresh.secret)).toBe(true)
  await expect(rotate(credentialId(old), 600)).rejects.toEqual(refusal('conflict'))
  const last = await rotate(credentialId(fresh), 0)
  expect(await checkAgentSecret(agent, fresh.secret)).toBe(false)
  expect(await checkAgentSecret(agent, last.secret)).toBe(true)
})

test('an overlap never makes an old secret good for longer than it was to be', async () => {
  const agent = await newAgent()
  const old = await secretOf(agent, { expires_in_seconds: 60 })
  await forOrg(acme, (tx) =>
    rotateSecretIn(tx, acme, uuid(agent), credentialId(old), { overlap_seconds: 86_400 }, by),
  )
  const [, kept] = await listCredentials(acme, uuid(agent), null, 10)
  expect(kept?.expires_at).toBe(old.expires_at)
})

test('rotates each of two at the same moment, and nothing but a secret', async () => {
  const agent = await newAgent()
  const old = await secretOf(agent)
  const rotate = () =>
    forOrg(acme, (tx) => rotateSecretIn(tx, acme, uuid(agent), credentialId(old), { overlap_seconds: 0 }, by))
  const answers = await Promise.allSettled([rotate(), rotate()])
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const pinned = await give(agent, { kind: 'tls_client_auth', certificate_thumbprint: 'A'.repeat(43) })
  await expect(
    forOrg(acme, (tx) =>
      rotateSecretIn(tx, acme, uuid(agent), credentialId(pinned), { overlap_seconds: 0 }, by),
    ),
  ).rejects.toEqual(refusal('conflict'))
})

test('notes once a minute that an agent and its secret were used', async () => {
  const agent = await newAgent()
  const made = await secretOf(agent)
  expect((await getAgent(acme, uuid(agent))).last_seen_at).toBeNull()
  await checkAgentSecret(agent, `${made.secret}x`)
  expect((await getAgent(acme, uuid(agent))).last_seen_at).toBeNull()
  await checkAgentSecret(agent, made.secret)
  const first = await getAgent(acme, uuid(agent))
  const [kept] = await listCredentials(acme, uuid(agent), null, 1)
  expect(first.last_seen_at).not.toBeNull()
  expect(kept?.last_used_at).not.toBeNull()
  await checkAgentSecret(agent, made.secret)
  expect(await getAgent(acme, uuid(agent))).toEqual(first)
  await superuser.tamper(`UPDATE agents SET last_seen_at = now() - interval '61 seconds' WHERE id = $1`, [
    uuid(agent),
  ])
  await checkAgentSecret(agent, made.secret)
  const again = await getAgent(acme, uuid(agent))
  expect(Date.parse(again.last_seen_at ?? '')).toBeGreaterThanOrEqual(Date.parse(first.last_seen_at ?? ''))
})

test('notes that an agent called with a token, its own org or the deployment', async () => {
  for (const home of [acme, deployment]) {
    const agent = { agentOrgId: home.orgId, agentId: uuid(await newAgent(home)) }
    for (let calls = 0; calls < 3; calls++) noteAgentSeen(acme, agent)
    await expect.poll(async () => (await getAgent(home, agent.agentId)).last_seen_at).not.toBeNull()
  }
})

test('is an OAuth client by what it has in force, and none without', async () => {
  const agent = await newAgent(acme, {
    team: 'sales',
    environment: 'production',
    redirect_uris: ['https://app.acme.test/cb'],
  })
  expect(await agentClient(agent)).toBeNull()
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk: JWK = { ...(await exportJWK(pair.publicKey)), kid: 'mine' }
  const secret = await secretOf(agent)
  await give(agent, { kind: 'private_key_jwt', jwks: { keys: [jwk] } })
  await give(agent, {
    kind: 'federated',
    issuer: 'https://issuer.test',
    subject: 'system:serviceaccount:a:b',
    jwks: { keys: [jwk] },
  })
  await give(agent, { kind: 'tls_client_auth', certificate_thumbprint: 'B'.repeat(43) })
  expect(await agentClient(agent)).toEqual({
    home: expect.objectContaining({ orgId: acme.orgId, externalId: 'acme' }),
    agentId: uuid(agent),
    clientId: agent,
    name: 'Mira',
    team: 'sales',
    environment: 'production',
    redirectUris: ['https://app.acme.test/cb'],
    jwks: [jwk],
    hasSecret: true,
    hasFederated: true,
    certificateThumbprints: ['B'.repeat(43)],
  })
  await forOrg(acme, (tx) => revokeCredentialIn(tx, acme, uuid(agent), credentialId(secret)))
  expect(await agentClient(agent)).toMatchObject({ hasSecret: false })
  await forOrg(acme, (tx) => disableAgentIn(tx, acme, uuid(agent)))
  expect(await agentClient(agent)).toBeNull()
  await forOrg(acme, (tx) => setAgentDisabledIn(tx, acme, uuid(agent), false))
  expect(await agentClient(agent)).toMatchObject({ clientId: agent })
})

test('takes the keys that an agent publishes, public and strong ones alone, and does without them when they are gone', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const good: JWK = { ...(await exportJWK(pair.publicKey)), kid: 'good' }
  let broken = false
  const port = await serve((_request, response) => {
    response.writeHead(broken ? 500 : 200, { 'content-type': 'application/json' })
    const keys = [good, { kty: 'oct', k: 'c2VjcmV0' }, { ...good, kid: 'enc', use: 'enc' }, { kty: 'EC' }]
    response.end(JSON.stringify({ keys }))
  })
  const open = () => {
    const egress = createEgress({ allow: parseAllow(`oidc=127.0.0.1:${port}`), default: 'public' })
    closers.push(() => egress.close())
    reachIssuers(egress)
  }
  open()
  const agent = await newAgent()
  await give(agent, { kind: 'private_key_jwt', jwks_uri: `http://127.0.0.1:${port}/keys` })
  expect(await agentClient(agent)).toMatchObject({ jwks: [good] })
  broken = true
  expect(await agentClient(agent)).toMatchObject({ jwks: [good] })
  open()
  expect(await agentClient(agent)).toMatchObject({ jwks: [] })
})

test('has at most 20 credentials in force, and gives none to a client that registered itself', async () => {
  const agent = await newAgent()
  const made = await Promise.allSettled(Array.from({ length: 24 }, () => secretOf(agent)))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
  const client = await forOrg(acme, (tx) =>
    upsertClientAgentIn(tx, acme, { clientId: 'https://client.test/meta.json', name: 'Claude\u0000\n' }),
  )
  const id = `ag_${client.agentId.replaceAll('-', '')}`
  await expect(secretOf(id)).rejects.toEqual(refusal('conflict'))
  expect(await agentClient(id)).toBeNull()
  expect(await getAgent(acme, client.agentId)).toMatchObject({
    name: 'Claude',
    kind: 'client',
    client_id: 'https://client.test/meta.json',
  })
})

test('knows a client that registered itself once per organization, and not at all once an admin has disabled it', async () => {
  const facts = { clientId: 'dcr-opaque-1', name: 'Cursor' }
  const upsert = (tenant: Tenant) => forOrg(tenant, (tx) => upsertClientAgentIn(tx, tenant, facts))
  const [one, two] = await Promise.all([upsert(acme), upsert(acme)])
  expect(two).toEqual(one)
  expect((await upsert(globex)).agentId).not.toBe(one.agentId)
  await forOrg(acme, (tx) => disableAgentIn(tx, acme, one.agentId))
  await expect(upsert(acme)).rejects.toEqual(refusal('forbidden'))
  await expect(upsert(globex)).resolves.toBeDefined()
})

test.for([
  'https://app.acme.test/cb',
  'https://app.acme.test/cb?x=1',
  'http://127.0.0.1/cb',
  'http://127.0.0.1:8123/cb',
  'http://[::1]:1/cb',
  'http://localhost/cb',
  'com.example.app:/done',
])('sends codes to %s', (uri) => {
  expect(agentInput.safeParse({ name: 'x', redirect_uris: [uri] }).success).toBe(true)
})

test.for([
  'http://app.acme.test/cb',
  'https://app.acme.test/cb#x',
  'https://app.acme.test/cb#',
  'https://user@app.acme.test/cb',
  'https://*.acme.test/cb',
  'https://app.acme.test\\@evil.test/',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'vscode://x',
  'http://127.0.0.1.evil.test/cb',
  'http://localhost.evil.test/cb',
  '/cb',
  '',
])('sends no code to %s', (uri) => {
  expect(agentInput.safeParse({ name: 'x', redirect_uris: [uri] }).success).toBe(false)
})
