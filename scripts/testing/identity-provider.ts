// An identity provider for tests: OpenID Connect by the book over real HTTP on loopback, until a test makes it lie.
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'

/** Who is signed in there, as the claims of an ID token. */
export type Person = { sub: string } & Record<string, unknown>

type Asked = {
  params: URLSearchParams
  authTime: number
}

/** How it lies; nothing of it is an honest provider. */
export type Lies = {
  /** Changes to the claims of ID tokens. */
  claims?: Record<string, unknown>
  /** Makes the ID token itself. */
  token?: (claims: JWTPayload) => Promise<string> | string
  /** Changes to the discovery document. */
  metadata?: Record<string, unknown>
  /** Changes to what the browser brings back; `null` leaves it out. */
  answer?: Record<string, string | null>
  /** Answers the request in place of the provider. @returns whether it did */
  handle?: (path: string, response: ServerResponse) => boolean
  /** When the person signed in, in seconds since 1970; `null` to say nothing of it. */
  authTime?: number | null
}

const keyPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 })

export type IdentityProvider = Awaited<ReturnType<typeof startIdentityProvider>>

/** @param atPort any free one, unless the product was told of one before */
export async function startIdentityProvider(atPort = 0, host = '127.0.0.1') {
  let key = { ...keyPair(), kid: randomUUID() }
  const codes = new Map<string, Asked>()
  const state = {
    person: { sub: 'ada' } as Person,
    lies: {} as Lies,
    /** What came to each path, in order. */
    seen: [] as string[],
    /** The query of the last authorization request. */
    lastAsked: new URLSearchParams(),
    lastToken: '',
  }

  const metadata = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['openid', 'email', 'profile', 'groups'],
    authorization_response_iss_parameter_supported: true,
    ...state.lies.metadata,
  })

  const json = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

  function authorize(params: URLSearchParams, response: ServerResponse) {
    const code = randomUUID()
    state.lastAsked = params
    codes.set(code, { params, authTime: Math.floor(Date.now() / 1000) })
    const back = new URL(params.get('redirect_uri') ?? '')
    const answer = { code, state: params.get('state'), iss: issuer, ...state.lies.answer }
    for (const [name, value] of Object.entries(answer)) if (value !== null) back.searchParams.set(name, value)
    response.writeHead(302, { location: back.href }).end()
  }

  async function token(form: URLSearchParams, response: ServerResponse) {
    const asked = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!asked || asked.params.get('code_challenge') !== challenge)
      return json(response, 400, { error: 'invalid_grant' })
    const now = Math.floor(Date.now() / 1000)
    const { authTime = asked.authTime } = state.lies
    const claims: JWTPayload = {
      iss: issuer,
      aud: asked.params.get('client_id') ?? '',
      nonce: asked.params.get('nonce'),
      iat: now,
      exp: now + 300,
      ...(authTime !== null && { auth_time: authTime }),
      ...state.person,
      ...state.lies.claims,
    }
    state.lastToken = await (state.lies.token ?? sign)(claims)
    json(response, 200, { access_token: randomUUID(), token_type: 'Bearer', id_token: state.lastToken })
  }

  const sign = (claims: JWTPayload) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' }).sign(key.privateKey)

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', issuer)
    state.seen.push(url.pathname)
    if (state.lies.handle?.(url.pathname, response)) return
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, metadata())
      case '/jwks':
        return json(response, 200, {
          keys: [{ ...(await exportJWK(key.publicKey)), kid: key.kid, alg: 'RS256', use: 'sig' }],
        })
      case '/authorize':
        return authorize(url.searchParams, response)
      case '/token': {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        return token(new URLSearchParams(Buffer.concat(chunks).toString()), response)
      }
      default:
        return json(response, 404, {})
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(atPort, host, done))
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`

  return {
    issuer,
    state,
    sign,
    publicKey: (): KeyObject => key.publicKey,
    /** New keys; the old ones are gone. */
    rotate: () => {
      key = { ...keyPair(), kid: randomUUID() }
    },
    stop: () => {
      server.closeAllConnections()
      return new Promise<void>((done) => server.close(() => done()))
    },
  }
}
