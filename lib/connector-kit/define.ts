import type { ErrorRules } from './classify.ts'
import type { Risk } from './schema.ts'
import type { Tool } from './tool.ts'

/** What happens to a refresh token when it is used (PROVIDERS.json legend). */
export type Rotation = 'none' | 'single_use' | 'sliding_not_revoked' | 'no_refresh_token' | 'not_documented'

/** One scope in the words of the consent screen. */
export type Scope = {
  /** Verb and object, as in "read your repositories". */
  does: string
  /** One thing that it lets an agent do, as in "List the issues assigned to you". */
  example: string
  risk: Risk
  /** What stops working without it; given, the scope is optional and never ticked beforehand. */
  withoutIt?: string
}

/** The tokens of a token response, in one shape for all providers. */
export type TokenSet = {
  accessToken: string
  refreshToken: string | null
  /** Lifetime in seconds from now as the provider said it; `null` where it said nothing. */
  expiresInSeconds: number | null
  /** The scopes that were granted; `null` where the provider did not say, which means: those asked for. */
  scopes: readonly string[] | null
}

export type ProviderAccount = { id: string; label: string }

export type RevokeRequest = {
  url: string
  method: 'POST' | 'GET' | 'DELETE'
  /** How the call authenticates: with our client, or with the token that it ends. */
  authenticate: 'client' | 'basic' | 'bearer'
  body: 'form_token' | 'json_access_token' | 'none'
  /** Which token is named in the body or header. */
  token: 'refresh_or_access' | 'access'
  /** Whether the call ends more than the one token: then it runs only when no other live connection shares it. */
  endsWiderGrant: boolean
  /** Whether an answer, 2xx by its status, says that the token is gone. */
  confirms: (status: number, body: unknown) => boolean
}

/**
 * Facts of one provider's OAuth (PROVIDERS.json). URLs are absolute, or start with `{base}` which an operator's
 * `base_urls` of the auth config fills in.
 */
export type OAuth2 = {
  authorizeUrl: string
  tokenUrl: string
  revoke: RevokeRequest | null
  /** The `iss` that the provider sends with its redirect (RFC 9207), if it does. */
  issuer: string | null
  /** Whether the provider announces that it always sends it: then its absence is as wrong as another's. */
  issuerRequired: boolean
  pkce: 'S256' | 'unsupported'
  clientAuth: 'client_secret_basic' | 'client_secret_post'
  scopeDelimiter: ' ' | ','
  /** Scopes asked for always, such as those for identity or for a refresh token; never shown as a choice. */
  baseScopes: readonly string[]
  authorizeParams: Readonly<Record<string, string>>
  /** Moves scopes into another parameter, such as Slack's `user_scope`. */
  scopeParam: 'scope' | 'user_scope'
  /** Whether to send an OpenID `nonce` and check it in the id token. */
  nonce: boolean
  rotation: Rotation
  /** How long before its expiry an access token is refreshed, in seconds. */
  refreshBufferSeconds: number
  /** Clamp of what the provider says about lifetimes, in seconds. */
  accessTtlSecondsMax: number
  /** Reads the token response. */
  parseTokens: (body: Record<string, unknown>) => TokenSet
  /** Who connected: a call with the fresh access token. */
  identity: { url: string; method: 'GET' | 'POST'; parse: (body: unknown) => ProviderAccount }
  /** How a refusal at the token endpoint is read, body before status. */
  tokenErrors: ErrorRules
}

export type Connector = {
  id: string
  name: string
  /** One line for the catalogue. */
  summary: string
  /** Origin of the API without a trailing slash, such as `https://api.github.com`. */
  apiBaseUrl: string
  /** What an operator may point elsewhere (`auth_configs.base_urls`), such as `api` or `oauth`, with its default. */
  baseUrls: Readonly<Record<string, string>>
  auth: OAuth2
  scopes: Readonly<Record<string, Scope>>
  /** A scope that carries others, such as `repo` → `public_repo`. */
  implies: Readonly<Record<string, readonly string[]>>
  /** What the provider's token permits beyond what we use, in the words of the consent screen. */
  overGrant: string | null
  apiErrors: ErrorRules
  tools: Readonly<Record<string, Tool>>
}

type ConnectorFacts = Omit<Connector, 'tools' | 'implies' | 'overGrant'> & {
  implies?: Connector['implies']
  overGrant?: string
  tools: readonly Tool[]
}

/**
 * Defines a provider. Its tools are named `connector.verb_noun`.
 * @throws Error at load when a tool is named wrongly, named twice or asks for a scope without words
 */
export function defineConnector(facts: ConnectorFacts): Connector {
  const tools: Record<string, Tool> = {}
  for (const tool of facts.tools) {
    const name = tool.name
    if (
      !/^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$/.test(name) ||
      name.length > 64 ||
      !name.startsWith(`${facts.id}.`)
    ) {
      throw new Error(`tool ${name} must be named ${facts.id}.verb_noun in at most 64 characters`)
    }
    if (tools[name]) throw new Error(`tool ${name} is defined twice`)
    for (const scope of tool.scopes.flat()) {
      if (!facts.scopes[scope] && !facts.auth.baseScopes.includes(scope)) {
        throw new Error(`tool ${name} needs scope ${scope}, which has no words for the consent screen`)
      }
    }
    tools[name] = tool
  }
  return { ...facts, implies: facts.implies ?? {}, overGrant: facts.overGrant ?? null, tools }
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Reads a token response of RFC 6749 §5.1; lifetimes may come as a number or as a string of one. */
export function standardTokens(body: Record<string, unknown>, scopeSeparator: RegExp = /[\s,]+/): TokenSet {
  const accessToken = text(body.access_token)
  if (!accessToken) throw new Error('token response without access_token')
  const expires =
    body.expires_in === undefined || body.expires_in === null ? Number.NaN : Number(body.expires_in)
  const scope = text(body.scope)
  return {
    accessToken,
    refreshToken: text(body.refresh_token),
    expiresInSeconds: Number.isFinite(expires) ? expires : null,
    scopes: scope ? scope.split(scopeSeparator).filter(Boolean) : null,
  }
}

type OAuth2Facts = Pick<OAuth2, 'authorizeUrl' | 'tokenUrl' | 'revoke' | 'rotation' | 'identity'> &
  Partial<OAuth2>

/** The defaults of OAuth 2.1: PKCE S256, space-separated scopes, client authentication by Basic. */
export function oauth2(facts: OAuth2Facts): OAuth2 {
  return {
    issuer: null,
    issuerRequired: false,
    pkce: 'S256',
    clientAuth: 'client_secret_basic',
    scopeDelimiter: ' ',
    baseScopes: [],
    authorizeParams: {},
    scopeParam: 'scope',
    nonce: false,
    refreshBufferSeconds: 300,
    accessTtlSecondsMax: 86_400 * 90,
    parseTokens: standardTokens,
    tokenErrors: [],
    ...facts,
  }
}
