// Every provider's recorded answers, replayed over loopback HTTP to the clients that read them in production.
import { describe, expect, test } from 'vitest'
import {
  baseUrlsWith,
  type Connector,
  classify,
  defineConnector,
  type ErrorClass,
  type ErrorRules,
  oauth2Of,
  type ProviderProfile,
  refusalOf,
  retryAfterSeconds,
  standardTokenErrors,
} from '#lib/connector-kit'
import { profiles } from '../../connectors/profiles/index.ts'
import { type RecordedAnswer, recordedAnswers } from '../../connectors/profiles/testing.ts'
import { egressWith, serve } from '../egress/testing.ts'
import { accessHeader } from './client-authentication.ts'
import { whoIs } from './identity.ts'
import { refreshFacts } from './refresh-facts.ts'
import { refreshResult } from './refresh-result.ts'
import { requestRevocation } from './revoke.ts'
import { answerOf, type Grant, requestTokens, type TokenAnswer } from './token-endpoint.ts'

/** The facts that a profile must exist for. */
const ids = [
  ...['slack', 'google', 'microsoft', 'github_app', 'github_oauth', 'hubspot', 'salesforce', 'atlassian'],
  ...['asana', 'trello', 'linear', 'notion', 'zoom', 'dropbox', 'box', 'airtable', 'zendesk', 'intercom'],
  ...['gitlab', 'stripe_connect', 'stripe_apps', 'shopify', 'figma', 'clickup', 'monday'],
]

const secret = 'a+secret/with=signs'
const grants: Record<'exchange' | 'refresh', Grant> = {
  exchange: { grant_type: 'authorization_code', code: 'the-code', redirect_uri: 'https://behalf.test/cb' },
  refresh: { grant_type: 'refresh_token', refresh_token: 'the-refresh-token' },
}

const examples = (profile: ProviderProfile) =>
  Object.fromEntries(Object.entries(profile.inputs).map(([name, { example }]) => [name, example]))

const connectorOf = (profile: ProviderProfile): Connector => ({
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
    sealedSecret: null,
    sealedEventSecret: null,
  }
  return { egress: egressWith('provider=127.0.0.1'), auth, origin, seen }
}

async function askTokens(connector: Connector, answer: RecordedAnswer, endpoint: 'exchange' | 'refresh') {
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
  const { egress, auth } = await replay(connector, answer)
  if (answer.endpoint === 'revoke') {
    const tokens = { accessToken: 'the-access-token', refreshToken: 'the-refresh-token' }
    return { is: (await requestRevocation(egress, connector, auth, secret, tokens, 'acct_1')).outcome }
  }
  const { identity } = connector.auth
  // An introspection sends our client's secret, which only the vault lends.
  if (identity.url !== null && identity.introspect)
    return { is: 'account', account: identity.parse(answer.body) }
  const who = await whoIs(egress, connector, auth, 'the-access-token')
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
  const answers = recordedAnswers(id)

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

  test('is asked for tokens where, how and as whom it takes it', async () => {
    const connector = connectorOf(profile)
    const path = (url: string) => url.replace(/^\{\w+\}/, '')
    for (const endpoint of hasRefresh(profile)
      ? (['exchange', 'refresh'] as const)
      : (['exchange'] as const)) {
      const success = answers.find(({ tokens }) => tokens)
      const { seen } = await askTokens(connector, success as RecordedAnswer, endpoint)
      const [request] = seen
      const url = (endpoint === 'refresh' && connector.auth.refreshUrl) || connector.auth.tokenUrl
      expect(request).toMatchObject({ method: 'POST', path: path(url) })
      expect(request?.headers['content-type']).toBe(
        profile.tokenBody === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
      )
      const body = request?.body ?? ''
      const fields =
        profile.tokenBody === 'json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
      const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
      const expected = {
        client_secret_basic: basic(`the%20client:${encodeURIComponent(secret)}`),
        secret_as_user: basic(`${secret}:`),
        client_secret_post: undefined,
        oauth1_hmac_sha1: undefined,
      }[profile.clientAuth]
      expect(request?.headers.authorization).toBe(expected)
      expect(fields).toEqual({
        ...grants[endpoint],
        ...(profile.clientAuth === 'client_secret_post' && {
          client_id: 'the client',
          client_secret: secret,
        }),
        ...(endpoint === 'exchange' && profile.exchangeParams),
        ...(endpoint === 'refresh' &&
          profile.refreshRepeatsRedirectUri && { redirect_uri: 'https://behalf.test/cb' }),
      })
    }
  })

  if (!profile.revoke.request) return
  test('is asked to revoke without more than it takes', async () => {
    const connector = connectorOf(profile)
    const { request } = profile.revoke
    const answer = answers.find(({ endpoint }) => endpoint === 'revoke') as RecordedAnswer
    const { egress, auth, seen } = await replay(connector, answer)
    const tokens = { accessToken: 'the-access-token', refreshToken: 'the-refresh-token' }
    await requestRevocation(egress, connector, auth, secret, tokens, 'acct_1')
    const [sent] = seen
    expect(sent?.method).toBe(request?.method)
    const named = request?.token === 'access' ? 'the-access-token' : 'the-refresh-token'
    const everything = `${JSON.stringify(sent?.headers)}${decodeURIComponent(sent?.body ?? '')}`
    expect(everything.includes(named)).toBe(request?.body !== 'form_account')
    expect(sent?.path).not.toContain('token=')
    // Our secret goes along only where the provider is to check it.
    const spelt = [
      secret,
      encodeURIComponent(secret),
      `${secret}:`,
      `the%20client:${encodeURIComponent(secret)}`,
    ]
    const sends = spelt.some(
      (text) => everything.includes(text) || everything.includes(Buffer.from(text).toString('base64')),
    )
    expect(sends).toBe(request?.authenticate !== 'none' && request?.authenticate !== 'bearer')
    if (request?.authenticate === 'bearer')
      expect(sent?.headers).toMatchObject(accessHeader(connector, 'the-access-token'))
    if (request?.body === 'form_account') {
      expect(Object.fromEntries(new URLSearchParams(sent?.body))).toEqual({
        client_id: 'the client',
        stripe_user_id: 'acct_1',
      })
      const unnamed = await requestRevocation(egress, connector, auth, secret, tokens, null)
      expect(unnamed).toEqual({ outcome: 'unsupported' })
    }
  })
})

const classes: [ErrorClass, string][] = [
  ['dead', 'dead'],
  ['expired_refresh', 'dead'],
  ['interaction', 'dead'],
  ['ambiguous', 'ambiguous'],
  ['expired', 'ambiguous'],
  ['config', 'config'],
  ['permission', 'config'],
  ['not_found', 'config'],
  ['invalid', 'config'],
  ['transient', 'transient'],
  ['rate_limited', 'transient'],
]
test.each(classes)('a refresh that is refused as %s ends as %s, told by its code', (kind, ends) => {
  const result = refreshResult({ kind, errorCode: 'the_code', retryAfterSeconds: null })
  expect(result).toEqual({ kind: ends, errorCode: 'the_code' })
})

test('a refresh that passes says when to come back, where the provider did', () => {
  expect(refreshResult({ kind: 'rate_limited', errorCode: 'x', retryAfterSeconds: 7 })).toEqual({
    kind: 'transient',
    errorCode: 'x',
    retryAfterSeconds: 7,
  })
  expect(refreshResult({ kind: 'no_answer', requestSent: true, errorCode: 'x' }).kind).toBe('lost')
  expect(refreshResult({ kind: 'no_answer', requestSent: false, errorCode: 'x' }).kind).toBe('transient')
})

test('what a provider leaves unsaid is read as RFC 6749 has it, and a bare 401 as our client', () => {
  const is = (status: number, body: unknown) =>
    classify(standardTokenErrors, { status, headers: new Headers(), body, text: '' })
  expect(is(400, { error: 'invalid_grant' })).toBe('ambiguous')
  expect(is(400, { error: 'invalid_client' })).toBe('config')
  expect(is(400, { error: 'temporarily_unavailable' })).toBe('transient')
  expect(is(401, null)).toBe('config')
})

test.each([
  ['google', Number.POSITIVE_INFINITY, 180],
  ['microsoft', Number.POSITIVE_INFINITY, 90],
  ['shopify', Number.POSITIVE_INFINITY, 90],
  ['atlassian', 600, 90],
  ['slack', 0, null],
  ['hubspot', 0, null],
  ['airtable', 0, 60],
] as const)(
  '%s: an old refresh token works for %s s after a lost answer, and dies after %s idle days',
  (id, seconds, days) => {
    const profile = profiles[id] as ProviderProfile
    const facts = refreshFacts({ auth: oauth2Of(profile, { inputs: examples(profile) }) })
    expect(facts.oldTokenSeconds).toBe(seconds)
    expect(facts.idleSeconds).toBe(days === null ? null : days * 86_400)
    expect(facts.refreshesPerSecondMax).toBeGreaterThan(0)
  },
)

function asAnswer({ status, headers, body }: RecordedAnswer) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: new Headers(headers), body: typeof body === 'string' ? null : body, text }
}
