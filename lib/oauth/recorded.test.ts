// Every provider's recorded answers, replayed over loopback HTTP to the clients that read them in production.
import { describe, expect, test } from 'vitest'
import {
  baseUrlsWith,
  type Connector,
  classify,
  defineConnector,
  type ErrorRules,
  type OAuthConnector,
  oauth2Of,
  type ProviderProfile,
  refusalOf,
  retryAfterSeconds,
} from '#lib/connector-kit'
import { profiles } from '../../connectors/profiles/index.ts'
import { type RecordedAnswer, type RecordedRequest, recordingOf } from '../../connectors/profiles/testing.ts'
import { egressWith, serve } from '../egress/testing.ts'
import { authorizeUrl } from './authorize.ts'
import { whoIs } from './identity.ts'
import { requestRevocation } from './revoke.ts'
import { answerOf, type Grant, requestTokens, type TokenAnswer } from './token-endpoint.ts'

/** The facts that a profile must exist for. */
const ids = [
  ...['slack', 'google', 'microsoft', 'github_app', 'github_oauth', 'hubspot', 'salesforce', 'atlassian'],
  ...['asana', 'trello', 'linear', 'notion', 'zoom', 'dropbox', 'box', 'airtable', 'zendesk', 'intercom'],
  ...['gitlab', 'stripe_connect', 'stripe_apps', 'shopify', 'figma', 'clickup', 'monday'],
]

const secret = 'a+secret/with=signs'
const lentTokens = { accessToken: 'the-access-token', refreshToken: 'the-refresh-token' }
const grants: Record<'exchange' | 'refresh', Grant> = {
  exchange: { grant_type: 'authorization_code', code: 'the-code', redirect_uri: 'https://behalf.test/cb' },
  refresh: { grant_type: 'refresh_token', refresh_token: 'the-refresh-token' },
}

const examples = (profile: ProviderProfile) =>
  Object.fromEntries(Object.entries(profile.inputs).map(([name, { example }]) => [name, example]))

const connectorOf = (profile: ProviderProfile) => ({
  ...defineConnector({
    id: 'recorded',
    name: profile.name,
    summary: '',
    apiBaseUrl: '',
    baseUrls: baseUrlsWith(profile, examples(profile)),
    auth: oauth2Of(profile, { inputs: examples(profile) }),
    scopes: {},
    apiErrors: profile.apiErrors,
    tools: [],
  }),
})

type Seen = { method: string; path: string; headers: Record<string, unknown>; body: string }

/** A provider that gives one answer, and an auth config that points all of a connector's addresses at it. */
async function replay(connector: Pick<Connector, 'baseUrls'>, answer: RecordedAnswer) {
  const seen: Seen[] = []
  const port = await serve(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    seen.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    })
    const raw = typeof answer.body === 'string'
    response.writeHead(answer.status, {
      ...(!raw && { 'content-type': 'application/json' }),
      ...answer.headers,
    })
    response.end(answer.status === 204 ? undefined : raw ? answer.body : JSON.stringify(answer.body))
  })
  const origin = `http://127.0.0.1:${port}`
  const auth = {
    orgId: 'o',
    id: 'a',
    connector: 'recorded',
    clientId: 'the client',
    redirectUri: 'https://behalf.test/cb',
    baseUrls: Object.fromEntries(Object.keys(connector.baseUrls).map((name) => [name, origin])),
    inputs: {},
    sealedSecret: null,
    sealedEventSecret: null,
  }
  return { egress: egressWith('provider=127.0.0.1'), auth, origin, seen }
}

async function askTokens(
  connector: OAuthConnector,
  answer: RecordedAnswer,
  endpoint: 'exchange' | 'refresh',
) {
  const { egress, auth, seen } = await replay(connector, answer)
  return { said: await requestTokens(egress, connector, auth, secret, grants[endpoint], 5_000), seen }
}

/** How the answer is read by the client that it is for, in the words of the recording. */
async function read(profile: ProviderProfile, answer: RecordedAnswer): Promise<Partial<RecordedAnswer>> {
  if (answer.endpoint === 'api') return readApi(profile, answer)
  if (profile.flow !== 'oauth2') return answer
  const connector = connectorOf(profile)
  if (answer.endpoint === 'exchange' || answer.endpoint === 'refresh') {
    const { said } = await askTokens(connector, answer, answer.endpoint)
    return { ...readTokens(connector, said), is: said.kind }
  }
  const { egress, auth, seen } = await replay(connector, answer)
  if (answer.endpoint === 'revoke') {
    return { is: (await requestRevocation(egress, connector, auth, secret, lentTokens, 'acct_1')).outcome }
  }
  const { identity } = connector.auth
  // An introspection sends our client's secret, which only the vault lends.
  if (identity.url !== null && identity.introspect)
    return { is: 'account', account: identity.parse(answer.body) }
  const who = await whoIs(egress, connector, auth, { accessToken: 'the-access-token' })
  // In a header, never in an address.
  expect(JSON.stringify(seen[0]?.headers)).toContain('the-access-token')
  return { is: who.kind, ...(who.kind === 'account' && { account: who.account }) }
}

function readTokens(connector: Connector, said: TokenAnswer): Partial<RecordedAnswer> {
  if (said.kind === 'tokens') {
    const { identity } = connector.auth
    const tokens = { ...said.tokens, scopes: said.tokens.scopes && [...said.tokens.scopes] }
    if (identity.url !== null) return { tokens }
    const told = identity.from === 'id_token' ? claimsIn(said.body.id_token) : said.body
    return { tokens, ...(told !== null && { account: identity.parse(told) }) }
  }
  if (said.kind === 'no_answer') return { code: said.errorCode }
  const { errorCode: code, retryAfterSeconds: seconds } = said
  return { code, ...(seconds !== null && { retry_after_seconds: seconds }) }
}

const claimsIn = (idToken: unknown): unknown =>
  typeof idToken === 'string'
    ? JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString())
    : null

async function readApi(profile: ProviderProfile, recorded: RecordedAnswer): Promise<Partial<RecordedAnswer>> {
  const { egress, origin } = await replay(profile, recorded)
  const hosts = [new URL(origin).host]
  const response = await egress.request({ purpose: 'provider', method: 'GET', url: origin, hosts })
  const refusal = refusalOf(profile.apiErrors, answerOf(response))
  const seconds = retryAfterSeconds(response.headers, Date.now())
  return {
    is: refusal?.is ?? 'success',
    ...(refusal?.code && { code: refusal.code }),
    ...(seconds !== null && { retry_after_seconds: seconds }),
  }
}

const hasRefresh = (profile: ProviderProfile) => profile.rotation !== 'no_refresh_token'
const tokenEndpoints = ['exchange', 'refresh']
const named = ids.flatMap((id) => (profiles[id] ? [{ id, profile: profiles[id] }] : []))

test('there is a profile for every provider whose facts were gathered, under its own id', () => {
  expect(Object.keys(profiles).sort()).toEqual([...ids].sort())
  for (const { id, profile } of named) expect(profile.id).toBe(id)
})

describe.each(named)('$id', ({ id, profile }) => {
  const { authorize, requests, answers } = recordingOf(id)

  test.each(answers.map((answer) => ({ ...answer, body: answer.body ?? null })))(
    'reads $endpoint $status $body as $is',
    async (answer) => {
      const said = await read(profile, answer)
      const { is, code, retry_after_seconds, tokens, account } = answer
      expect(said).toMatchObject({
        is,
        ...(code !== undefined && { code }),
        ...(retry_after_seconds !== undefined && { retry_after_seconds }),
        ...(tokens && { tokens }),
        ...(account && { account }),
      })
    },
  )

  test('has a recorded answer for each class, and one that each rule alone decides', () => {
    const check = (rules: ErrorRules, endpoints: readonly string[]) => {
      const here = answers.filter(({ endpoint }) => endpoints.includes(endpoint))
      expect(here.map(({ is }) => is)).toEqual(expect.arrayContaining(rules.map(({ is }) => is)))
      for (const [at, rule] of rules.entries()) {
        const marked = rules.map(
          (other, index) => ({ ...other, is: index === at ? 'dead' : 'config' }) as const,
        )
        const decided = here.some((answer) => classify(marked, asAnswer(answer)) === 'dead')
        expect(decided, JSON.stringify(rule)).toBe(true)
      }
    }
    check(profile.tokenErrors, tokenEndpoints)
    check(profile.apiErrors, ['api'])
  })

  test('has recorded successes of all that it can be asked', () => {
    const successes = answers.filter(({ tokens, account }) => tokens || account)
    if (profile.flow === 'oauth2') {
      expect(successes.some(({ endpoint }) => endpoint === 'exchange')).toBe(true)
      expect(successes.some(({ endpoint }) => endpoint === 'refresh')).toBe(hasRefresh(profile))
    }
    expect(answers.some(({ account }) => account)).toBe(true)
    const revocations = answers.filter(({ endpoint }) => endpoint === 'revoke').map(({ is }) => is)
    expect([...new Set(revocations)].sort()).toEqual(profile.revoke.request ? ['revoked', 'unconfirmed'] : [])
    if (profile.revoke.meaning === 'none') expect(profile.revoke.request).toBeNull()
  })

  test('every address starts at an origin of its own, with nothing left to fill in', () => {
    const bases = baseUrlsWith(profile, examples(profile))
    for (const name of Object.keys(bases)) expect(profile.inputs).not.toHaveProperty(name)
    for (const base of Object.values(bases)) expect(new URL(base).origin, base).toBe(base)
    const { authorizeUrl, tokenUrl, refreshUrl, issuer, revoke, identity } = profile
    const urls = [authorizeUrl, tokenUrl, refreshUrl, issuer, revoke.request?.url]
    if (identity.from === 'api') urls.push(identity.url)
    for (const url of urls.filter((one) => typeof one === 'string')) {
      expect(Object.keys(bases), url).toContain(/^\{(\w+)\}/.exec(url)?.[1])
      const known = [...Object.keys(bases), ...Object.keys(profile.inputs), 'client_id']
      for (const [, name] of url.matchAll(/\{(\w+)\}/g)) expect(known, url).toContain(name)
    }
  })

  if (profile.flow !== 'oauth2') {
    test('says why it cannot be connected', () => {
      expect(() => oauth2Of(profile)).toThrow(profile.notConnectable ?? 'no reason')
    })
    return
  }

  test('is shown to the person at the address and with the parameters that it takes', async () => {
    const connector = connectorOf(profile)
    const { auth } = await replay(connector, answers[0] as RecordedAnswer)
    const proofs = {
      state: 'the-state',
      nonce: 'the-nonce',
      verifier: 'a-verifier-of-forty-three-characters-at-least-0',
    }
    const url = new URL(await authorizeUrl(connector, { ...auth, baseUrls: {} }, proofs, ['one', 'two']))
    const params = Object.fromEntries(url.searchParams)
    expect({ url: `${url.origin}${url.pathname}`, params }).toEqual(authorize)
    const bare = { ...connector, auth: { ...connector.auth, baseScopes: [] } }
    const unscoped = await authorizeUrl(bare, { ...auth, baseUrls: {} }, proofs, [])
    expect(unscoped).not.toContain('scope=')
  })

  test('is asked for tokens where, how and as whom it takes it', async () => {
    const connector = connectorOf(profile)
    const success = answers.find(({ tokens }) => tokens) as RecordedAnswer
    const exchange = await askTokens(connector, success, 'exchange')
    expect(exchange.seen.map(asRecorded)).toEqual([requests.exchange])
    if (!hasRefresh(profile)) return expect(requests.refresh).toBeUndefined()
    const refresh = await askTokens(connector, success, 'refresh')
    expect(refresh.seen.map(asRecorded)).toEqual([requests.refresh])
  })

  const revocation = profile.revoke.request
  if (!revocation) return
  test('is asked to revoke with what it takes and no more', async () => {
    const connector = connectorOf(profile)
    const answer = answers.find(({ endpoint }) => endpoint === 'revoke') as RecordedAnswer
    const { egress, auth, seen } = await replay(connector, answer)
    const ask = (account: string | null) =>
      requestRevocation(egress, connector, auth, secret, lentTokens, account)
    await ask('acct_1')
    expect(seen.map(asRecorded)).toEqual([requests.revoke])
    // What names no token but the account cannot be asked without one.
    const unnamed = await ask(null)
    expect(unnamed.outcome === 'unsupported').toBe(revocation.body === 'form_account')
  })
})

/** A request as the recordings have it: without what HTTP itself adds, and Basic credentials decoded. */
function asRecorded({ method, path, headers, body }: Seen): RecordedRequest {
  const ours = Object.entries(headers).flatMap(([name, value]) => {
    if (['host', 'connection', 'content-length', 'accept', 'accept-encoding', 'user-agent'].includes(name))
      return []
    const text = String(value)
    const basic = /^Basic (.+)$/.exec(text)?.[1]
    return [[name, basic ? `Basic ${Buffer.from(basic, 'base64')}` : text]]
  })
  return { method, path, headers: Object.fromEntries(ours), body }
}

function asAnswer({ status, headers, body }: RecordedAnswer) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: new Headers(headers), body: typeof body === 'string' ? null : body, text }
}
