import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { algorithms } from '#lib/identity'
import { newId } from '#lib/ids'
import { selfSigned } from '../../scripts/testing/self-signed.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { base, type OauthRig, post, send, startOauth } from './testing.ts'

let rig: OauthRig
let superuser: Superuser
beforeAll(async () => {
  process.env.BEHALF_TRUSTED_PROXIES = '127.0.0.1/32'
  superuser = await useSuperuser()
  rig = await startOauth()
}, 90_000)
afterAll(() => rig.stop())

type Agent = Awaited<ReturnType<OauthRig['agent']>>

/** Another credential of an agent. @returns its internal id */
async function credential({ home, id }: Agent, data: Record<string, unknown>): Promise<string> {
  const own = newId()
  const row = { org_id: home.orgId, id: own, agent_id: id, created_by: { type: 'system', id: 'test' } }
  await forOrg(home, (tx) => tx.agent_credentials.create({ data: { ...row, ...data } as never }))
  return own
}

async function key(agent: Agent, alg: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: alg, alg, use: 'sig' }
  const id = await credential(agent, { kind: 'private_key_jwt', jwks: { keys: [jwk] } })
  return { id, privateKey, alg }
}

async function ask({ clientId }: Agent, { privateKey, alg }: Awaited<ReturnType<typeof key>>, more = {}) {
  const client_assertion = await new SignJWT({ aud: `${base}/oauth`, jti: newId(), ...more })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setProtectedHeader({ alg, kid: alg })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey)
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  return post('/oauth/token', { grant_type: 'client_credentials', client_assertion, client_assertion_type })
}

const usedAt = async (id: string): Promise<Date | null> =>
  (
    await superuser.sql<{ last_used_at: Date | null }>(
      'SELECT last_used_at FROM agent_credentials WHERE id = $1',
      [id],
    )
  )[0]?.last_used_at ?? null

test.each(algorithms)('an agent proves itself with %s, as the metadata says', async (alg) => {
  const agent = await rig.agent('acme')
  expect((await ask(agent, await key(agent, alg))).status).toBe(200)
  const document = (await (
    await send(`${base}/.well-known/oauth-authorization-server/oauth`)
  ).json()) as Record<string, unknown>
  expect(document.token_endpoint_auth_signing_alg_values_supported).toContain(alg)
  expect(document.tls_client_certificate_bound_access_tokens).toBe(true)
})

test('which of its keys an agent proved itself with is noted, once a minute, and of no other', async () => {
  const agent = await rig.agent('acme')
  const [first, second] = [await key(agent, 'ES256'), await key(agent, 'EdDSA')]
  expect((await ask(agent, second, { aud: 'https://elsewhere.example' })).status).toBe(401)
  expect((await ask(agent, first)).status).toBe(200)
  await expect.poll(() => usedAt(first.id)).not.toBeNull()
  const noted = await usedAt(first.id)
  const [row] = await superuser.sql('SELECT last_seen_at FROM agents WHERE id = $1', [agent.id])
  expect(row?.last_seen_at).not.toBeNull()
  expect((await ask(agent, first)).status).toBe(200)
  expect((await ask(agent, second)).status).toBe(200)
  await expect.poll(() => usedAt(second.id)).not.toBeNull()
  expect(await usedAt(first.id)).toEqual(noted)
})

test('that an agent proved itself with a certificate is noted', async () => {
  const agent = await rig.agent('acme')
  const [der, other] = ['agent.example', 'other.example'].map((name) =>
    selfSigned(name).cert.replaceAll(/-----[A-Z ]+-----|\s/g, ''),
  )
  const thumbprint = (one = '') => createHash('sha256').update(Buffer.from(one, 'base64')).digest('base64url')
  const [used, unused] = [
    await credential(agent, { kind: 'tls_client_auth', certificate_thumbprint: thumbprint(der) }),
    await credential(agent, { kind: 'tls_client_auth', certificate_thumbprint: thumbprint(other) }),
  ]
  const form = { grant_type: 'client_credentials', client_id: agent.clientId }
  const shown = { 'client-cert': `:${der}:`, 'x-behalf-peer': '127.0.0.1' }
  expect((await post('/oauth/token', form, shown)).status).toBe(200)
  await expect.poll(() => usedAt(used)).not.toBeNull()
  expect(await usedAt(unused)).toBeNull()
})
