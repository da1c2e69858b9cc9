import type { ErrorRules } from './classify.ts'
import type { FormField } from './form-field.ts'
import { standardTokens, type TokenMapping, type TokenSet } from './tokens.ts'

/**
 * What happens to a refresh token when it is used: `none` it is reused · `single_use` a new one each time, the old one
 * dies · `single_use_optin` so where the client switched it on · `sliding_not_revoked` a new one each time, the old one
 * stays valid · `no_refresh_token` there is none · `not_documented` whatever comes back is kept.
 */
export type Rotation =
  | 'none'
  | 'single_use'
  | 'single_use_optin'
  | 'sliding_not_revoked'
  | 'no_refresh_token'
  | 'not_documented'

/** How our client authenticates; `secret_as_user` is Basic with the secret for a user name and no password (Stripe). */
export type ClientAuth = 'client_secret_basic' | 'client_secret_post' | 'secret_as_user'

export type ProviderAccount = { id: string; label: string }

/** Who connected: a call with the fresh access token, or what came with the tokens. */
export type Identity =
  | {
      url: string
      method: 'GET' | 'POST'
      headers?: Readonly<Record<string, string>>
      /** Sent as JSON. */
      json?: unknown
      /** Sends the token in a form with our client's credentials instead (RFC 7662). */
      introspect?: true
      parse: (body: unknown) => ProviderAccount
    }
  | { url: null; from: 'token_response' | 'id_token'; parse: (body: unknown) => ProviderAccount }

export type RevokeRequest = {
  url: string
  method: 'POST' | 'GET' | 'DELETE'
  /** How the call authenticates: with our client, with the token that it ends, or by naming the token alone. */
  authenticate: 'client' | 'basic' | 'secret_as_user' | 'bearer' | 'none'
  /** `form_account` names the account instead of a token, in `accountField`. */
  body: 'form_token' | 'json_access_token' | 'json_token' | 'form_account' | 'none'
  accountField?: string
  /** Which token is named in the body or header. */
  token: 'refresh_or_access' | 'access'
  /** Whether the call ends more than the one token: then it runs only when no other live connection shares it. */
  endsWiderGrant: boolean
  /** Whether an answer, 2xx by its status, says that the token is gone. */
  confirms: (status: number, body: unknown) => boolean
}

/**
 * Facts of one provider's OAuth (connectors/profiles). URLs are absolute, or start with `{base}` which an operator's
 * `base_urls` of the auth config fills in.
 */
export type OAuth2 = {
  kind: 'oauth2'
  /** What a person says before they are sent to the provider, such as the subdomain of their workspace. */
  asks: readonly FormField[]
  authorizeUrl: string
  tokenUrl: string
  /** Where refreshes go, if elsewhere than `tokenUrl`. */
  refreshUrl: string | null
  revoke: RevokeRequest | null
  /** The `iss` that the provider sends with its redirect (RFC 9207), if it does. */
  issuer: string | null
  /** Whether the provider announces that it always sends it: then its absence is as wrong as another's. */
  issuerRequired: boolean
  pkce: 'S256' | 'unsupported'
  clientAuth: ClientAuth
  /** How a token request is written. */
  tokenBody: 'form' | 'json'
  /** Sent with the code beside what RFC 6749 asks for. */
  exchangeParams: Readonly<Record<string, string>>
  /** Whether a refresh must name the redirect URI of the consent again. */
  refreshRepeatsRedirectUri: boolean
  /** The header that carries the access token in place of `Authorization: Bearer`. */
  tokenHeader: string | null
  scopeDelimiter: ' ' | ','
  /** Scopes asked for always, such as those for identity or for a refresh token; never shown as a choice. */
  baseScopes: readonly string[]
  /** `null` leaves out a parameter that would be sent otherwise. */
  authorizeParams: Readonly<Record<string, string | null>>
  /** What is sent beside, or in place of these to let a person choose another account than the one they are signed in with. */
  switchAccountParams: Readonly<Record<string, string>> | null
  /** Moves scopes into another parameter, such as Slack's `user_scope`. */
  scopeParam: 'scope' | 'user_scope'
  /** Whether to send an OpenID `nonce` and check it in the id token. */
  nonce: boolean
  rotation: Rotation
  /** Whether the old refresh token goes on working after an answer was lost; as the rotation tells unless given. */
  oldTokenSurvives: boolean
  /** How long a used refresh token is still taken, in seconds. */
  graceSeconds: number
  /** How long before its expiry an access token is refreshed, in seconds. */
  refreshBufferSeconds: number
  /** Clamp of what the provider says about lifetimes, in seconds. */
  accessTtlSecondsMax: number
  /**
   * Lifetime of an access token that comes with a refresh token, in seconds, for answers that do not say; `null` where
   * it is not known or never ends. Without a refresh token beside it a silent answer means that it does not end.
   */
  accessTtlSeconds: number | null
  /** After how long without a refresh the refresh token dies, in seconds; `null` for never, or not known. */
  refreshIdleSeconds: number | null
  /** Our own cap, over all accounts, where the provider names none. */
  refreshesPerSecondMax: number
  /** Reads the token response. */
  parseTokens: (body: Record<string, unknown>) => TokenSet
  /** Which field of the token response decides where the API is, and what it may say. */
  apiOrigin: TokenMapping['apiOrigin'] | null
  identity: Identity
  /** How a refusal at the token endpoint is read, body before status; `standardTokenErrors` follow. */
  tokenErrors: ErrorRules
}

/** What RFC 6749 §5.2 says of refusals, for what a provider's own rules leave open; 401 there is about the client. */
export const standardTokenErrors: ErrorRules = [
  { codes: ['invalid_grant'], is: 'ambiguous' },
  {
    codes: [
      'invalid_client',
      'unauthorized_client',
      'unsupported_grant_type',
      'invalid_scope',
      'invalid_request',
    ],
    is: 'config',
  },
  { codes: ['server_error', 'temporarily_unavailable', 'slow_down'], is: 'transient' },
  { statuses: [401], is: 'config' },
]

export const survivesBy = (rotation: Rotation): boolean =>
  rotation === 'none' || rotation === 'sliding_not_revoked'

/** The defaults of OAuth 2.1: PKCE S256, space-separated scopes, client authentication by Basic. */
export const oauth2Defaults = {
  refreshUrl: null,
  issuer: null,
  issuerRequired: false,
  clientAuth: 'client_secret_basic',
  tokenBody: 'form',
  exchangeParams: {},
  refreshRepeatsRedirectUri: false,
  tokenHeader: null,
  scopeDelimiter: ' ',
  baseScopes: [],
  authorizeParams: {},
  switchAccountParams: null,
  scopeParam: 'scope',
  nonce: false,
  graceSeconds: 0,
  refreshBufferSeconds: 300,
  accessTtlSecondsMax: 86_400 * 90,
  accessTtlSeconds: null,
  refreshIdleSeconds: null,
  refreshesPerSecondMax: 20,
  tokenErrors: [],
} as const satisfies Partial<OAuth2>

type OAuth2Facts = Pick<OAuth2, 'authorizeUrl' | 'tokenUrl' | 'revoke' | 'rotation' | 'identity'> &
  Partial<Omit<OAuth2, 'kind'>>

/**
 * A provider's OAuth with what it leaves unsaid filled in; `oauth2Of` does the same from a profile.
 * @throws Error at load for an input that is no part of an address
 */
export function oauth2(facts: OAuth2Facts): OAuth2 {
  const asks = facts.asks ?? []
  if (asks.some(({ kind }) => kind !== 'subdomain'))
    throw new Error('before OAuth a person is asked for a part of the address, and for no credential')
  return {
    ...oauth2Defaults,
    kind: 'oauth2',
    asks,
    pkce: 'S256',
    oldTokenSurvives: survivesBy(facts.rotation),
    parseTokens: standardTokens,
    apiOrigin: null,
    ...facts,
  }
}
