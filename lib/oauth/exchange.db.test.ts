// A code traded at providers whose answers depart from the standard, with a client secret that the vault lends.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { oauth2Of, type ProviderProfile } from '#lib/connector-kit'
import { deployment } from '#lib/db'
import { parseId } from '#lib/ids'
import { profiles } from '../../connectors/profiles/index.ts'
import { connectors } from '../../connectors/registry.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { egressWith, serve } from '../egress/testing.ts'
import { authConfigOf } from './auth-configs.ts'
import { exchangeCode } from './exchange.ts'
import { createAuthConfig } from './manage-auth-configs.ts'

let practice: Practice
const tenant = deployment
beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())

type Asked = { path: string; headers: Record<string, unknown>; body: string }
const proofs = { state: 's', verifier: 'v', nonce: 'n' }

/** Trades a code at a server that answers each path as told. */
async function connectAt(id: string, answers: Record<string, unknown>) {
  const profile = profiles[id] as ProviderProfile
  const base = connectors.sandbox
  if (!base) throw new Error('no sandbox')
  const connector = {
    ...base,
    baseUrls: profile.baseUrls,
    auth: oauth2Of(profile),
    apiErrors: profile.apiErrors,
  }
  const asked: Asked[] = []
  const port = await serve(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}))
  })
  const origin = `http://127.0.0.1:${port}`
  const baseUrls = Object.fromEntries(Object.keys(profile.baseUrls).map((name) => [name, origin]))
  const { id: authConfigId } = await createAuthConfig(
    tenant,
    practice.caller,
    { connector: 'sandbox', client_id: 'the-client', client_secret: 'the-secret', base_urls: baseUrls },
    profile.baseUrls,
    async () => {},
  )
  const auth = await authConfigOf(tenant, {
    orgId: tenant.orgId,
    id: parseId('auth_config', authConfigId) ?? '',
  })
  const egress = egressWith('provider=127.0.0.1')
  return { answer: exchangeCode(egress, connector, tenant, auth, 'the-code', proofs), asked }
}

const salesforce = (instanceUrl: string) => ({
  '/services/oauth2/token': {
    access_token: 'a',
    refresh_token: 'r',
    instance_url: instanceUrl,
    id: 'https://login.salesforce.com/id/00D/005',
  },
})

test('reads who connected from the token response where the provider says it there, and asks nobody', async () => {
  const { answer, asked } = await connectAt('salesforce', salesforce('https://acme.my.salesforce.com'))
  expect((await answer).account.id).toBe('https://login.salesforce.com/id/00D/005')
  expect(asked.map(({ path }) => path)).toEqual(['/services/oauth2/token'])
})

test.each(['https://169.254.169.254', 'http://acme.my.salesforce.com', 'https://evil.test'])(
  'refuses tokens that come with an API at %s, and gives them back',
  async (foreign) => {
    const { answer, asked } = await connectAt('salesforce', salesforce(foreign))
    await expect(answer).rejects.toMatchObject({ code: 'upstream_rejected' })
    expect(asked.map(({ path, body }) => [path, body])).toEqual([
      ['/services/oauth2/token', expect.anything()],
      ['/services/oauth2/revoke', 'token=r'],
    ])
  },
)

test('refuses a token response that does not say who connected', async () => {
  const tokens = { access_token: 'a', instance_url: 'https://acme.my.salesforce.com' }
  const { answer } = await connectAt('salesforce', { '/services/oauth2/token': tokens })
  await expect(answer).rejects.toMatchObject({ code: 'upstream_error' })
})

test('asks who connected by introspection where the provider has no other way, with our client in the form', async () => {
  const { answer, asked } = await connectAt('hubspot', {
    '/oauth/2026-03/token': { access_token: 'a', refresh_token: 'r', expires_in: 1800 },
    '/oauth/2026-03/token/introspect': { hub_id: 42, user_id: 7 },
  })
  expect((await answer).account).toEqual({ id: '42/7', label: '42/7' })
  expect(Object.fromEntries(new URLSearchParams(asked[1]?.body))).toEqual({
    token: 'a',
    client_id: 'the-client',
    client_secret: 'the-secret',
  })
})

test('asks a GraphQL provider with the token and its query', async () => {
  const { answer, asked } = await connectAt('linear', {
    '/oauth/token': { access_token: 'a' },
    '/graphql': { data: { viewer: { id: 'u', email: 'ana@acme.test', organization: { id: 'o' } } } },
  })
  expect((await answer).account).toEqual({ id: 'o/u', label: 'ana@acme.test' })
  expect(asked[1]?.headers).toMatchObject({ authorization: 'Bearer a', 'content-type': 'application/json' })
  expect(JSON.parse(asked[1]?.body ?? '')).toHaveProperty('query')
})
