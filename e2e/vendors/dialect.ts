/** What differs between vendors behind the one strict front. */
import type { SeedConfig } from 'emulate'
import type { Authority, AuthorityOptions, TokenRefusal, TokenState, Tokens } from './authority.ts'

export type Incoming = {
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string | undefined>
  body: string
}
export type Answer = { status: number; headers?: Record<string, string>; body: string }

export type Client = { clientId: string; clientSecret: string }

/** A path of the API and the scopes that it takes: alternatives of conjunctions, as in a tool. */
export type Right = { method: string; path: RegExp; scopes: readonly (readonly string[])[] }

export type Person = { id: string; email: string; name: string }

export type TokenContext = { url: string; client: Client; person: Person; accept: string; refreshed: boolean }

export type Dialect = {
  authority: AuthorityOptions
  tokenPrefix: string
  authorizePath: string
  tokenPath: string
  /** What a request that leaves these out is taken to mean; empty where the vendor refuses it. */
  assumed: { responseType: string; grantType: string }
  scopeParam: 'scope' | 'user_scope'
  scopeDelimiter: RegExp
  /** Scopes that a person cannot untick. */
  fixedScopes: readonly string[]
  clientAuth: readonly ('basic' | 'post')[]
  /** The `iss` sent with the redirect; `null` where the vendor sends none. */
  issuer: (url: string) => string | null
  tokens: (tokens: Tokens, context: TokenContext) => Promise<Answer>
  refuseToken: (why: TokenRefusal | 'bad_client' | 'bad_grant_type', accept: string) => Answer
  refuseCall: (why: Exclude<TokenState, 'live'> | 'scope', needed: readonly string[]) => Answer
  /** Answers endpoints of the vendor's own, such as that for revocation; `null` where the path is none of them. */
  own: (request: Incoming, authority: Authority, client: Client, url: string) => Promise<Answer | null>
  rights: readonly Right[]
  /** The scope, if any, that this very call needs beyond those of its path. */
  needsMore?: (request: Incoming) => string | null
  /** What the emulator is asked in the place of `request`. */
  forward: (
    request: Incoming,
  ) => Pick<Incoming, 'method' | 'path' | 'query' | 'body'> & { contentType: string }
  seed: SeedConfig
  /** Who the seeded person is, read from the emulator. */
  person: (call: (method: string, path: string) => Promise<unknown>) => Promise<Person>
}

/** The token that the emulator takes; nobody but the front knows of it. */
export const upstreamToken = 'strict-front-upstream'

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
})

export const asIs: Dialect['forward'] = ({ method, path, query, body, headers }) => ({
  method,
  path,
  query,
  body,
  contentType: headers['content-type'] ?? '',
})

/** The client that a request names and proves, by Basic or in its form; `null` where it proves none. */
export function clientOf(request: Incoming, ways: Dialect['clientAuth']): Client | null {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (basic !== undefined) {
    if (!ways.includes('basic')) return null
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':')
    return { clientId: decodeURIComponent(id), clientSecret: decodeURIComponent(secret) }
  }
  if (!ways.includes('post')) return null
  const form = new URLSearchParams(request.body)
  const [clientId, clientSecret] = [form.get('client_id'), form.get('client_secret')]
  return clientId !== null && clientSecret !== null ? { clientId, clientSecret } : null
}

export const isClient = (given: Client | null, client: Client) =>
  given?.clientId === client.clientId && given.clientSecret === client.clientSecret

export const bearerOf = (request: Incoming): string | null =>
  /^(?:Bearer|token) +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
