/**
 * A strict front for the vendor emulators.
 *
 * `emulate` has the shape of the vendors' APIs and keeps state, but takes any bearer token, and for GitHub and Slack
 * ignores PKCE: a test of revocation, expiry or scopes against it alone passes whatever we do. So this server stands
 * before it and is the authorization server itself. It
 *  - refuses an unknown client, a redirect URI that was not registered, and PKCE other than S256 (Slack: optional);
 *  - lets the person untick scopes, allow or deny, on a page named like the practice provider's;
 *  - issues codes that work once, within a minute, with the same redirect URI and verifier;
 *  - issues tokens with the vendor's lifetimes, rotation and wire shape (GitHub: form or JSON and 200 on refusal, commas;
 *    Google: a signed id token and long scope names; Slack: `authed_user`);
 *  - passes a call on only for a path that it lists, with a token of its own that lives and holds that path's scope.
 *    It replaces that token by the emulator's, which nobody else knows.
 *
 * The emulator and the front listen on loopback. An operator's `base_urls` all point to `url`.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEmulator } from 'emulate'
import { Authority } from './authority.ts'
import { consentPage, refusalPage } from './consent-page.ts'
import {
  type Answer,
  bearerOf,
  clientOf,
  type Dialect,
  type Incoming,
  isClient,
  upstreamToken,
} from './dialect.ts'
import { github } from './github.ts'
import { google } from './google.ts'
import { slack } from './slack.ts'

const dialects = { github, google, slack } satisfies Record<string, Dialect>
export type VendorKind = keyof typeof dialects

export type VendorOptions = {
  clientId: string
  clientSecret: string
  /** 0, the default, takes any free port. */
  port?: number
  /** Compared exactly; more can be added by `allowRedirect`. */
  redirectUris?: readonly string[]
  /** Lifetime of access tokens in seconds; the vendor's own unless told. */
  accessTtlSeconds?: number | null
}

/** How often something happened; a call of the API is counted by its method and path once it was passed on. */
export type Counters = Counted & {
  /** Revocations that a client asked for and that ended something. */
  revoked: number
}

type Counted = {
  authorize: number
  allowed: number
  denied: number
  tokens: Record<string, number>
  refused: Record<string, number>
  api: Record<string, number>
}

export type Vendor = {
  url: string
  counters: () => Counters
  allowRedirect: (uri: string) => void
  /** What the person does in the vendor's settings: all tokens die, ours are not told. */
  revokeAll: () => void
  expireAccessTokens: () => void
  close: () => Promise<void>
}

const html = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body,
})

async function readRequest(request: IncomingMessage): Promise<Incoming> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const url = new URL(request.url ?? '/', 'http://front')
  const headers: Incoming['headers'] = {}
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value)
  const body = Buffer.concat(chunks).toString('utf8')
  return { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, body }
}

/** @throws Error when the port is taken */
export async function startVendor(kind: VendorKind, options: VendorOptions): Promise<Vendor> {
  const dialect: Dialect = dialects[kind]
  const client = { clientId: options.clientId, clientSecret: options.clientSecret }
  const redirectUris = new Set(options.redirectUris ?? [])
  const ttl = options.accessTtlSeconds
  const authority = new Authority(
    ttl === undefined ? dialect.authority : { ...dialect.authority, accessTtlSeconds: ttl },
    dialect.tokenPrefix,
  )
  const counted: Counted = {
    authorize: 0,
    allowed: 0,
    denied: 0,
    tokens: {},
    refused: {},
    api: {},
  }
  const count = (record: Record<string, number>, key: string) => {
    record[key] = (record[key] ?? 0) + 1
  }

  const emulator = await createEmulator({ service: kind, port: 0, seed: dialect.seed })
  const upstream = `http://127.0.0.1:${new URL(emulator.url).port}`
  const ask = async (method: string, path: string, contentType = '', body = '') =>
    fetch(`${upstream}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${upstreamToken}`,
        ...(contentType === '' ? {} : { 'content-type': contentType }),
      },
      ...(method === 'GET' ? {} : { body }),
    })
  const person = await dialect.person(async (method, path) => (await ask(method, path)).json())

  const server = createServer(async (raw, response) => {
    const answer = await readRequest(raw)
      .then(handle)
      .catch((error: unknown) => html(500, refusalPage(String(error))))
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function handle(request: Incoming): Promise<Answer> {
    const route = `${request.method} ${request.path}`
    if (route === `GET ${dialect.authorizePath}`) return authorize(request)
    if (route === 'POST /_front/consent') return consent(request)
    if (route === `POST ${dialect.tokenPath}`) return token(request)
    const own = await dialect.own(request, authority, client, url)
    if (own) return own
    return call(request)
  }

  function authorize({ query }: Incoming): Answer {
    counted.authorize++
    const redirectUri = query.get('redirect_uri')
    const refuse = (why: string) => {
      count(counted.refused, why)
      return html(400, refusalPage(why))
    }
    // Neither may be answered by a redirect: it would go to whoever asked (RFC 6749 §4.1.2.1).
    if (query.get('client_id') !== client.clientId) return refuse('unknown_client')
    if (redirectUri === null || !redirectUris.has(redirectUri)) return refuse('unregistered_redirect_uri')
    if ((query.get('response_type') ?? dialect.assumed.responseType) !== 'code') {
      return refuse('unsupported_response_type')
    }
    const scopes = (query.get(dialect.scopeParam) ?? '').split(dialect.scopeDelimiter).filter(Boolean)
    const asked = authority.ask(
      {
        redirectUri,
        state: query.get('state'),
        scopes: [...new Set(scopes)],
        challenge: query.get('code_challenge'),
        nonce: query.get('nonce'),
      },
      query.get('code_challenge_method'),
    )
    if (typeof asked === 'string') {
      count(counted.refused, asked)
      return back(
        { redirectUri, state: query.get('state') },
        { error: 'invalid_request', error_description: asked },
      )
    }
    return html(200, consentPage(kind, person.email, asked, dialect.fixedScopes))
  }

  function back(to: { redirectUri: string; state: string | null }, params: Record<string, string>): Answer {
    const location = new URL(to.redirectUri)
    for (const [name, value] of Object.entries(params)) location.searchParams.set(name, value)
    if (to.state !== null) location.searchParams.set('state', to.state)
    const issuer = dialect.issuer(url)
    if (issuer !== null) location.searchParams.set('iss', issuer)
    return { status: 303, headers: { location: location.href, 'cache-control': 'no-store' }, body: '' }
  }

  function consent(request: Incoming): Answer {
    const form = new URLSearchParams(request.body)
    const asked = authority.take(form.get('request') ?? '')
    if (!asked) return html(400, refusalPage('unknown or answered request'))
    if (form.get('answer') !== 'allow') {
      counted.denied++
      return back(asked, { error: 'access_denied' })
    }
    counted.allowed++
    const ticked = form.getAll('scope')
    const granted = asked.scopes.filter(
      (scope) => dialect.fixedScopes.includes(scope) || ticked.includes(scope),
    )
    return back(asked, { code: authority.issueCode(asked, granted) })
  }

  async function token(request: Incoming): Promise<Answer> {
    const form = new URLSearchParams(request.body)
    const accept = request.headers.accept ?? ''
    const type = form.get('grant_type') ?? dialect.assumed.grantType
    count(counted.tokens, type)
    const refuse = (why: Parameters<Dialect['refuseToken']>[0]) => {
      count(counted.refused, why)
      return dialect.refuseToken(why, accept)
    }
    if (!isClient(clientOf(request, dialect.clientAuth), client)) return refuse('bad_client')
    const known = ['authorization_code', ...(authority.options.refresh === 'none' ? [] : ['refresh_token'])]
    if (!known.includes(type)) return refuse('bad_grant_type')
    const issued =
      type === 'refresh_token'
        ? authority.refresh(form.get('refresh_token') ?? '')
        : authority.redeem(form.get('code') ?? '', form.get('redirect_uri'), form.get('code_verifier'))
    if (typeof issued === 'string') return refuse(issued)
    return dialect.tokens(issued, { url, client, person, accept, refreshed: type === 'refresh_token' })
  }

  async function call(request: Incoming): Promise<Answer> {
    const right = dialect.rights.find((one) => one.method === request.method && one.path.test(request.path))
    if (!right) {
      count(counted.refused, 'unlisted_path')
      return html(404, refusalPage('unlisted_path'))
    }
    const { state, scopes } = authority.check(bearerOf(request))
    if (state !== 'live') {
      count(counted.refused, state)
      return dialect.refuseCall(state, [])
    }
    const more = dialect.needsMore?.(request) ?? null
    const fits = right.scopes.some((together) => together.every((scope) => scopes.includes(scope)))
    if (!fits || (more !== null && !scopes.includes(more))) {
      count(counted.refused, 'scope')
      return dialect.refuseCall('scope', more === null ? right.scopes.flat() : [more])
    }
    count(counted.api, `${request.method} ${request.path}`)
    const { method, path, query, body, contentType } = dialect.forward(request)
    const answer = await ask(method, `${path}${query.size > 0 ? `?${query}` : ''}`, contentType, body)
    const text = (await answer.text()).replaceAll(emulator.url, url)
    const type = answer.headers.get('content-type')
    return { status: answer.status, ...(type ? { headers: { 'content-type': type } } : {}), body: text }
  }

  return {
    url,
    counters: () => ({ ...structuredClone(counted), revoked: authority.revocations }),
    allowRedirect: (uri) => redirectUris.add(uri),
    revokeAll: () => authority.revokeAll(),
    expireAccessTokens: () => authority.expireAccessTokens(),
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await emulator.close()
    },
  }
}
