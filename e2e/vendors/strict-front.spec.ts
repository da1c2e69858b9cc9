// The front refuses what the emulators alone take, so that vendors.spec.ts can fail: driven here by HTTP, with the
// shipped connectors reading what it answers.
import { createHash } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { createEmulator } from 'emulate'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { connectors } from '#connectors'
import { classify, isOAuth, type OAuthConnector } from '#lib/connector-kit'
import { startVendor, type Vendor, type VendorKind, type VendorOptions } from './strict-front.ts'
import { answered, runTool } from './wire.ts'

const client = { clientId: 'front-client', clientSecret: 'front-secret' }
const redirectUri = 'http://127.0.0.1:4499/callback'
const verifier = 'a-verifier-of-at-least-forty-three-characters-0123'
const challenge = createHash('sha256').update(verifier).digest('base64url')
const google = (name: string) => `https://www.googleapis.com/auth/${name}`

const facts = {
  github: {
    scopes: ['public_repo', 'notifications'],
    read: ['github.list_repositories', {}],
    write: ['github.create_issue', { owner: 'ana-souza', repository: 'garden', title: 'Water the beans' }],
    writeScope: 'public_repo',
    whoami: '/user',
  },
  google: {
    scopes: [google('calendar.events'), google('drive.metadata.readonly'), google('gmail.readonly')],
    read: ['google.search_gmail_messages', {}],
    write: [
      'google.create_calendar_event',
      { title: 'Weeding', starts_at: '2030-05-01T09:00:00Z', ends_at: '2030-05-01T10:00:00Z' },
    ],
    writeScope: google('calendar.events'),
    whoami: '/drive/v3/files',
  },
  slack: {
    scopes: ['channels:read', 'chat:write'],
    read: ['slack.list_channels', {}],
    write: ['slack.post_message', { channel_id: 'C000000001', text: 'Watered.' }],
    writeScope: 'chat:write',
    whoami: '/api/auth.test',
  },
} as const satisfies Record<VendorKind, unknown>
const kinds = ['github', 'google', 'slack'] as const

let vendor: Vendor
const start = async (kind: VendorKind, options: Partial<VendorOptions> = {}) => {
  vendor = await startVendor(kind, { ...client, redirectUris: [redirectUri], ...options })
  return vendor
}
test.afterEach(() => vendor?.close())

function connectorOf(kind: VendorKind): OAuthConnector {
  const connector = connectors[kind]
  if (!connector || !isOAuth(connector)) throw new Error(`no connector ${kind}`)
  return connector
}

const place = (template: string) => template.replace(/^\{\w+\}/, vendor.url)

function authorizeUrl(kind: VendorKind, change: Record<string, string | null> = {}): URL {
  const { auth } = connectorOf(kind)
  const url = new URL(place(auth.authorizeUrl))
  const scopes = [...auth.baseScopes, ...facts[kind].scopes].join(auth.scopeDelimiter)
  const params: Record<string, string | null> = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    state: 'st',
    nonce: 'no',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    [auth.scopeParam]: scopes,
    ...change,
  }
  for (const [name, value] of Object.entries(params)) if (value !== null) url.searchParams.set(name, value)
  return url
}

/** Where the front sends the browser after consent; `untick` is left out of what is granted. */
async function consent(kind: VendorKind, untick: string | null = null, answer = 'allow'): Promise<URL> {
  const page = await (await fetch(authorizeUrl(kind))).text()
  const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const offered = [...page.matchAll(/name="scope" value="([^"]+)"/g)].map(([, scope = '']) => scope)
  const form = new URLSearchParams({ request, answer })
  for (const scope of offered) if (scope !== untick) form.append('scope', scope)
  const response = await fetch(`${vendor.url}/_front/consent`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
  })
  return new URL(response.headers.get('location') ?? '')
}

async function askToken(kind: VendorKind, params: Record<string, string>, secret = client.clientSecret) {
  const { auth } = connectorOf(kind)
  const basic = Buffer.from(`${client.clientId}:${secret}`).toString('base64')
  const inForm = auth.clientAuth === 'client_secret_post'
  const response = await fetch(place(auth.tokenUrl), {
    method: 'POST',
    headers: { accept: 'application/json', ...(inForm ? {} : { authorization: `Basic ${basic}` }) },
    body: new URLSearchParams({
      ...params,
      ...(inForm ? { client_id: client.clientId, client_secret: secret } : {}),
    }),
  })
  const body = (await response.json()) as Record<string, unknown>
  return { status: response.status, body, is: classify(auth.tokenErrors, answered(response.status, body)) }
}

const byCode = (url: URL, change: Record<string, string> = {}) => ({
  grant_type: 'authorization_code',
  code: url.searchParams.get('code') ?? '',
  redirect_uri: redirectUri,
  code_verifier: verifier,
  ...change,
})

async function connect(kind: VendorKind, untick: string | null = null) {
  const { body } = await askToken(kind, byCode(await consent(kind, untick)))
  return { ...connectorOf(kind).auth.parseTokens(body), body }
}

const use = (kind: VendorKind, what: 'read' | 'write', token: string) =>
  runTool(connectorOf(kind), vendor.url, facts[kind][what][0], facts[kind][what][1], token)

/** How the connector reads the refusal of a call with this token; `null` where it is taken. */
const refusal = (kind: VendorKind, token: string) =>
  use(kind, 'read', token).then(
    () => null,
    (error: { is?: string }) => error.is ?? String(error),
  )

for (const kind of kinds) {
  test(`${kind}: an invented token is taken by the emulator alone and refused by the front`, async () => {
    const bearer = { authorization: 'Bearer invented' }
    const method = kind === 'slack' ? 'POST' : 'GET'
    const refused = async (origin: string) => {
      const response = await fetch(`${origin}${facts[kind].whoami}`, { method, headers: bearer })
      return classify(connectorOf(kind).apiErrors, answered(response.status, await response.json()))
    }
    const emulator = await createEmulator({ service: kind, port: 0 })
    try {
      expect(await refused(`http://127.0.0.1:${new URL(emulator.url).port}`)).toBeNull()
    } finally {
      await emulator.close()
    }
    await start(kind)
    expect(await refused(vendor.url)).not.toBeNull()
    expect(vendor.counters()).toMatchObject({ refused: { unknown: 1 }, api: {} })
  })

  test(`${kind}: its connector reads the tokens, the person, and a tool's answers`, async () => {
    await start(kind)
    const { auth } = connectorOf(kind)
    if (auth.identity.url === null) throw new Error(`${kind} is asked for no identity`)
    const tokens = await connect(kind)
    expect(tokens.scopes).toEqual(expect.arrayContaining([...auth.baseScopes, ...facts[kind].scopes]))
    const identity = await fetch(place(auth.identity.url), {
      method: auth.identity.method,
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    })
    expect(auth.identity.parse(await identity.json()).id).not.toBe('')
    await use(kind, 'read', tokens.accessToken)
    await use(kind, 'write', tokens.accessToken)
    expect(vendor.counters().refused).toEqual({})
  })

  test(`${kind}: a scope that the person unticked is not in the token and its calls do not pass`, async () => {
    await start(kind)
    const tokens = await connect(kind, facts[kind].writeScope)
    expect(tokens.scopes).not.toContain(facts[kind].writeScope)
    await expect(use(kind, 'write', tokens.accessToken)).rejects.toMatchObject({ is: 'permission' })
    expect(vendor.counters()).toMatchObject({ refused: { scope: 1 }, api: {} })
  })

  test(`${kind}: a code is bound to its verifier, redirect URI and client`, async () => {
    await start(kind)
    const attempts = [
      () => consent(kind).then((url) => askToken(kind, byCode(url, { code_verifier: `${verifier}x` }))),
      () => consent(kind).then((url) => askToken(kind, byCode(url, { code_verifier: '' }))),
      () => consent(kind).then((url) => askToken(kind, byCode(url, { redirect_uri: `${redirectUri}/` }))),
      () => consent(kind).then((url) => askToken(kind, byCode(url), 'wrong')),
      () => askToken(kind, byCode(new URL(`${redirectUri}?code=invented`))),
    ]
    for (const attempt of attempts) {
      const { is, body } = await attempt()
      expect(is, JSON.stringify(body)).not.toBeNull()
    }
    expect(vendor.counters().refused).toEqual({
      bad_verifier: 2,
      bad_redirect_uri: 1,
      bad_client: 1,
      bad_code: 1,
    })
  })

  test(`${kind}: a code works once, and used twice it ends the token it gave`, async () => {
    await start(kind)
    const url = await consent(kind)
    const { body } = await askToken(kind, byCode(url))
    const { accessToken } = connectorOf(kind).auth.parseTokens(body)
    expect(await refusal(kind, accessToken)).toBeNull()
    expect((await askToken(kind, byCode(url))).is).not.toBeNull()
    expect(await refusal(kind, accessToken)).not.toBeNull()
  })

  test(`${kind}: no redirect for an unknown client or an unregistered redirect URI`, async () => {
    await start(kind)
    const changes = [
      { client_id: 'other' },
      { redirect_uri: 'http://evil.test/' },
      { redirect_uri: `${redirectUri}/` },
    ]
    for (const change of changes) {
      const response = await fetch(authorizeUrl(kind, change), { redirect: 'manual' })
      expect([response.status, response.headers.get('location')]).toEqual([400, null])
    }
    vendor.allowRedirect(`${redirectUri}/`)
    expect((await fetch(authorizeUrl(kind, { redirect_uri: `${redirectUri}/` }))).status).toBe(200)
  })

  test(`${kind}: denial goes back as access_denied with the state, and one consent is answered once`, async () => {
    await start(kind)
    const url = await consent(kind, null, 'deny')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ error: 'access_denied', state: 'st' })
    const page = await (await fetch(authorizeUrl(kind))).text()
    const body = new URLSearchParams({
      request: /name="request" value="([^"]+)"/.exec(page)?.[1] ?? '',
      answer: 'allow',
    })
    const answer = () =>
      fetch(`${vendor.url}/_front/consent`, { method: 'POST', body, redirect: 'manual' }).then(
        (r) => r.status,
      )
    expect([await answer(), await answer()]).toEqual([303, 400])
  })

  test(`${kind}: plain PKCE is refused, and none at all but by Slack, which makes it optional`, async () => {
    await start(kind)
    const error = async (change: Record<string, string | null>) => {
      const response = await fetch(authorizeUrl(kind, change), { redirect: 'manual' })
      const location = response.headers.get('location')
      return location === null ? null : new URL(location).searchParams.get('error')
    }
    expect(await error({ code_challenge_method: 'plain' })).toBe('invalid_request')
    expect(await error({ code_challenge_method: null })).toBe('invalid_request')
    const none = await error({ code_challenge: null, code_challenge_method: null })
    expect(none).toBe(kind === 'slack' ? null : 'invalid_request')
  })

  test(`${kind}: sends the issuer that its connector expects, if any`, async () => {
    await start(kind)
    const { issuer } = connectorOf(kind).auth
    expect((await consent(kind)).searchParams.get('iss')).toBe(issuer === null ? null : place(issuer))
  })

  test(`${kind}: revocation as its connector asks for it ends the token at the vendor`, async () => {
    await start(kind)
    const [tokens, other] = [await connect(kind), await connect(kind)]
    const { revoke } = connectorOf(kind).auth
    if (!revoke) throw new Error(`${kind} has no revocation`)
    const token = revoke.token === 'access' ? tokens.accessToken : (tokens.refreshToken ?? tokens.accessToken)
    const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')
    const headers: Record<string, string> = {
      client: {},
      none: {},
      secret_as_user: {},
      basic: { authorization: `Basic ${basic}` },
      bearer: { authorization: `Bearer ${token}` },
    }[revoke.authenticate]
    const body = {
      form_token: new URLSearchParams({ token }),
      json_access_token: JSON.stringify({ access_token: token }),
      json_token: JSON.stringify({ token }),
      form_account: undefined,
      none: undefined,
    }[revoke.body]
    const response = await fetch(place(revoke.url).replace('{client_id}', client.clientId), {
      method: revoke.method,
      headers,
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    expect(revoke.confirms(response.status, text === '' ? null : JSON.parse(text))).toBe(true)
    expect(vendor.counters().revoked).toBe(1)
    expect(await refusal(kind, tokens.accessToken)).not.toBeNull()
    // Google ends all that the person granted this client; the others end the one token.
    expect((await refusal(kind, other.accessToken)) !== null).toBe(revoke.endsWiderGrant)
  })

  test(`${kind}: what the person withdraws in the vendor's settings dies at once, refresh tokens too`, async () => {
    await start(kind)
    const { accessToken, refreshToken } = await connect(kind)
    vendor.revokeAll()
    expect(await refusal(kind, accessToken)).toBe(kind === 'google' ? 'expired' : 'dead')
    if (refreshToken === null) return
    const refreshed = await askToken(kind, { grant_type: 'refresh_token', refresh_token: refreshToken })
    expect(refreshed.is).toBe(kind === 'google' ? 'ambiguous' : 'dead')
  })

  test(`${kind}: a path that the front does not list never reaches the emulator`, async () => {
    await start(kind)
    const { accessToken } = await connect(kind)
    const response = await fetch(`${vendor.url}/users`, {
      headers: { authorization: `Bearer ${accessToken}` },
    })
    expect(response.status).toBe(404)
    expect(vendor.counters()).toMatchObject({ refused: { unlisted_path: 1 }, api: {} })
  })
}

test('google and slack: an access token that is over is refused as expired, and refresh gives one that works', async () => {
  for (const kind of ['google', 'slack'] as const) {
    await start(kind)
    const first = await connect(kind)
    vendor.expireAccessTokens()
    expect(await refusal(kind, first.accessToken)).toBe('expired')
    const { body } = await askToken(kind, {
      grant_type: 'refresh_token',
      refresh_token: first.refreshToken ?? '',
    })
    const second = connectorOf(kind).auth.parseTokens(body)
    expect(await refusal(kind, second.accessToken)).toBeNull()
    await vendor.close()
  }
})

test('slack: a refresh token works once, and used twice it ends the grant; google takes its own again', async () => {
  for (const kind of ['google', 'slack'] as const) {
    await start(kind)
    const { refreshToken } = await connect(kind)
    const again = () => askToken(kind, { grant_type: 'refresh_token', refresh_token: refreshToken ?? '' })
    const { body } = await again()
    const renewed = connectorOf(kind).auth.parseTokens(body)
    expect(renewed.refreshToken === null).toBe(kind === 'google')
    expect((await again()).is).toBe(kind === 'google' ? null : 'dead')
    expect((await refusal(kind, renewed.accessToken)) === null).toBe(kind === 'google')
    await vendor.close()
  }
})

test('github: answers its token endpoint as a form unless JSON is asked for, refusals with 200', async () => {
  await start('github')
  const url = await consent('github')
  const response = await fetch(`${vendor.url}/login/oauth/access_token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...byCode(url),
      client_id: client.clientId,
      client_secret: client.clientSecret,
    }),
  })
  const form = new URLSearchParams(await response.text())
  expect(form.get('scope')).toBe('public_repo,notifications')
  expect(form.get('access_token')).toMatch(/^gho_/)
  expect(await askToken('github', byCode(url))).toMatchObject({ status: 200, is: 'invalid' })
})

test('google: signs an id token for this client, nonce and person, and searches text only with the wider scope', async () => {
  await start('google')
  const { body, accessToken } = await connect('google')
  const keys = createRemoteJWKSet(new URL(`${vendor.url}/oauth2/v3/certs`))
  const { payload } = await jwtVerify(String(body.id_token), keys, {
    issuer: vendor.url,
    audience: client.clientId,
  })
  const userinfo = await fetch(`${vendor.url}/v1/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  expect(payload).toMatchObject({ nonce: 'no', sub: ((await userinfo.json()) as { sub: string }).sub })

  const search = (where: string) =>
    runTool(
      connectorOf('google'),
      vendor.url,
      'google.search_drive_files',
      { text: 'Garden', in: where },
      accessToken,
    )
  expect(await search('name')).toMatchObject({ files: [{ name: 'Garden plan' }] })
  await expect(search('full_text')).rejects.toMatchObject({ is: 'permission' })
})
