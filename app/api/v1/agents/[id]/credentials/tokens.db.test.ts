// What docs/agents.md tells an agent to do: each kind of credential as it is made, the token that it gets for it, and a
// call with that token.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { exportJWK, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createApiKeyIn, systemCaller } from '#lib/identity'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { base, basic, post, startOauth } from '../../../../../../lib/authorization-server/testing.ts'

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>

let started: Awaited<ReturnType<typeof startOauth>>
let secretKey = ''
const issuer = `${base}/oauth`
const bearerType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
let jwk: JWK

beforeAll(async () => {
  started = await startOauth()
  jwk = { ...(await exportJWK(keys.publicKey)), kid: 'mira-1' }
  const tenant = await ensureOrg(systemCaller('test'), 'acme', prepareOrgKeys)
  secretKey = (await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles: [] }))).secret
})
afterAll(() => started.stop())

async function ask(
  handler: Handler | undefined,
  method: string,
  params: object,
  body?: object,
  bearer = secretKey,
) {
  if (!handler) throw new Error('no such method')
  const request = new Request(`${base}/api/v1/asked`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await handler(request, { params: Promise.resolve(params as never) })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> }
}

async function newAgent(): Promise<string> {
  const { POST } = await import('../../route.ts')
  const { status, body } = await ask(
    POST as Handler,
    'POST',
    {},
    { org_id: 'acme', name: 'Mira', team: 'support' },
  )
  expect(status).toBe(201)
  return body.id ?? ''
}

async function give(agent: string, credential: object): Promise<Record<string, string>> {
  const { POST } = await import('./route.ts')
  const { status, body } = await ask(POST as Handler, 'POST', { id: agent }, credential)
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

const call = async (token: string) => {
  const { GET } = await import('../../../connected_accounts/route.ts')
  const request = new Request(`${base}/api/v1/connected_accounts`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return (await (GET as Handler)(request, { params: Promise.resolve({} as never) })).status
}

const asOwn = { grant_type: 'client_credentials', scope: 'accounts:read' }

/** The answer to a token request, and the status of a call with the token. */
async function tokenFor(form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await post('/oauth/token', { ...asOwn, ...form }, headers)
  const body = (await response.json()) as Record<string, string>
  return { status: response.status, error: body.error, token: body.access_token ?? '' }
}

const signed = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  new SignJWT({ jti: randomUUID(), aud: issuer, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'mira-1', ...header })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(keys.privateKey)

test('a client secret gets a token that calls, and the next one through a rotation; a revoked one gets none', async () => {
  const agent = await newAgent()
  const { secret = '', id = '' } = await give(agent, { kind: 'client_secret' })
  const first = await tokenFor({}, basic(agent, secret))
  expect(first.status).toBe(200)
  expect(await call(first.token)).toBe(200)
  const { POST } = await import('./[credential_id]/rotate/route.ts')
  const params = { id: agent, credential_id: id }
  const rotated = await ask(POST as Handler, 'POST', params, { overlap_seconds: 600 })
  for (const one of [secret, rotated.body.secret ?? ''])
    expect((await tokenFor({}, basic(agent, one))).status).toBe(200)
  const { DELETE } = await import('./[credential_id]/route.ts')
  expect((await ask(DELETE as Handler, 'DELETE', params)).status).toBe(204)
  expect(await tokenFor({}, basic(agent, secret))).toMatchObject({ status: 401, error: 'invalid_client' })
  expect((await tokenFor({}, basic(agent, rotated.body.secret ?? ''))).status).toBe(200)
})

test('its own key gets a token once for each assertion, and no other key does', async () => {
  const agent = await newAgent()
  await give(agent, { kind: 'private_key_jwt', jwks: { keys: [jwk] } })
  const form = async (claims = {}) => ({
    client_assertion_type: bearerType,
    client_assertion: await signed({ iss: agent, sub: agent, ...claims }),
  })
  const once = await form()
  const first = await tokenFor(once)
  expect(first.status).toBe(200)
  expect(await call(first.token)).toBe(200)
  expect((await tokenFor(once)).status).toBe(401)
  const other = await newAgent()
  await give(other, { kind: 'client_secret' })
  expect((await tokenFor(await form({ iss: other, sub: other }))).status).toBe(401)
})

const workloads = {
  'GitHub Actions': {
    credential: {
      issuer: 'https://token.actions.githubusercontent.com',
      subject: 'repo:acme/app:environment:production',
      claims: { repository_id: '123456789' },
    },
    claims: {
      iss: 'https://token.actions.githubusercontent.com',
      sub: 'repo:acme/app:environment:production',
      repository_id: '123456789',
    },
    forged: { sub: 'repo:acme/app:environment:staging' },
  },
  GitLab: {
    credential: { issuer: 'https://gitlab.com', subject: 'project_path:acme/app:ref_type:branch:ref:main' },
    claims: { iss: 'https://gitlab.com', sub: 'project_path:acme/app:ref_type:branch:ref:main' },
    forged: { iss: 'https://gitlab.com.evil.test' },
  },
  Kubernetes: {
    credential: {
      issuer: 'https://oidc.cluster.example.com',
      subject: 'system:serviceaccount:agents:mira',
      single_use: false,
    },
    claims: { iss: 'https://oidc.cluster.example.com', sub: 'system:serviceaccount:agents:mira' },
    forged: { sub: 'system:serviceaccount:agents:miracle' },
  },
  SPIFFE: {
    credential: { subject: 'spiffe://acme.com/ns/agents/sa/mira' },
    claims: { sub: 'spiffe://acme.com/ns/agents/sa/mira', jti: undefined },
    forged: { sub: 'spiffe://acme.com/ns/agents/sa/root' },
  },
} as const

test.for(Object.keys(workloads) as (keyof typeof workloads)[])(
  'a workload token of %s gets a token that calls, a forged one none, and none once the agent is disabled',
  async (kind) => {
    const { credential, claims, forged } = workloads[kind]
    const agent = await newAgent()
    const use = kind === 'SPIFFE' ? 'jwt-svid' : 'sig'
    await give(agent, { kind: 'federated', ...credential, jwks: { keys: [{ ...jwk, use }] } })
    const form = async (more = {}) => ({
      client_id: agent,
      client_assertion_type: bearerType,
      client_assertion: await signed({ ...claims, ...more }),
    })
    const kept = await form()
    const first = await tokenFor(kept)
    expect(first).toMatchObject({ status: 200 })
    expect(await call(first.token)).toBe(200)
    const again = kind === 'Kubernetes' || kind === 'SPIFFE' ? 200 : 401
    expect((await tokenFor(kept)).status).toBe(again)
    expect(await tokenFor(await form(forged))).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(await tokenFor(await form({ aud: `${base}/api/v1` }))).toMatchObject({ status: 401 })
    const { POST } = await import('../disable/route.ts')
    expect((await ask(POST as Handler, 'POST', { id: agent })).status).toBe(200)
    await expect.poll(() => call(first.token), { timeout: 1_000 }).toBe(401)
    expect((await tokenFor(await form())).status).toBe(401)
  },
)
