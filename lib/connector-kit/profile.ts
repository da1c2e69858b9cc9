import type { ErrorRules } from './classify.ts'
import {
  type ClientAuth,
  type Identity,
  type OAuth2,
  oauth2,
  oauth2Defaults,
  type ProviderAccount,
  type RevokeRequest,
  survivesBy,
} from './oauth2.ts'
import type { RateFacts } from './rates.ts'
import { type TokenMapping, tokensBy } from './tokens.ts'

/** A part of an address that a person gives, such as the name of their shop. */
export type ProfileInput = {
  /** What it must match from end to end; the host of a credential hangs on it. */
  pattern: RegExp
  /** Taken when none is given; `null` where one must be. */
  default: string | null
  example: string
}

/**
 * Where an account's id and label are read: `{path.in.json}` templates, for the label the first that can be filled. An
 * id that cannot be filled is an error.
 */
type ProfileIdentity = { id: string; label: readonly string[] } & (
  | {
      from: 'api'
      url: string
      method: 'GET' | 'POST'
      headers?: Readonly<Record<string, string>>
      json?: unknown
      introspect?: true
    }
  | { from: 'token_response' | 'id_token' }
)

type ProfileRevoke = {
  /** What the provider ends: the one token with its successors, all that the person granted our client, or nothing. */
  meaning: 'per_token' | 'grant' | 'none'
  /** `null` where there is no call that we would make. */
  request: (Omit<RevokeRequest, 'endsWiderGrant' | 'confirms'> & { confirmedBy: Confirmation }) | null
  note?: string
}
/** The statuses, and the fields of the body with their values, that say that a token is gone. */
type Confirmation = { statuses: readonly number[]; body?: Readonly<Record<string, unknown>> }

type Shared = Pick<
  OAuth2,
  | Exclude<keyof typeof oauth2Defaults, 'clientAuth'>
  | 'authorizeUrl'
  | 'tokenUrl'
  | 'rotation'
  | 'oldTokenSurvives'
>

/**
 * What is known of one provider, as data: connectors take their OAuth from it. A field named in `unverified` was not
 * found in a text of the provider's own; probe before relying on it.
 */
export type ProviderProfile = Shared & {
  id: string
  name: string
  flow: 'oauth2' | 'oauth1'
  /** Why no connector can be made of it yet. */
  notConnectable: string | null
  /** Origins by name; URLs below start with one of them. */
  baseUrls: Readonly<Record<string, string>>
  inputs: Readonly<Record<string, ProfileInput>>
  pkce: 'required' | 'optional' | 'unsupported' | 'not_documented'
  clientAuth: ClientAuth | 'oauth1_hmac_sha1'
  tokens: TokenMapping
  revoke: ProfileRevoke
  identity: ProfileIdentity
  apiErrors: ErrorRules
  rates: RateFacts
  quirks: readonly string[]
  sources: readonly string[]
  unverified: readonly string[]
}

type Required =
  | 'id'
  | 'name'
  | 'baseUrls'
  | 'authorizeUrl'
  | 'tokenUrl'
  | 'pkce'
  | 'clientAuth'
  | 'rotation'
  | 'revoke'
  | 'identity'
  | 'tokenErrors'
  | 'apiErrors'
  | 'sources'
  | 'unverified'
type ProfileFacts = Pick<ProviderProfile, Required> & Partial<ProviderProfile>

/** Defines a provider's profile; what is left out is as OAuth 2.1 has it. */
export function defineProfile(facts: ProfileFacts): ProviderProfile {
  return {
    ...oauth2Defaults,
    flow: 'oauth2',
    notConnectable: null,
    inputs: {},
    oldTokenSurvives: survivesBy(facts.rotation),
    tokens: {},
    rates: {},
    quirks: [],
    ...facts,
  }
}

/**
 * Fills what a person gives into an address or origin of a profile.
 * @throws Error for an input that is missing or does not match
 */
export function withInputs(
  { id, inputs }: Pick<ProviderProfile, 'id' | 'inputs'>,
  template: string,
  given: Readonly<Record<string, string>> = {},
): string {
  return template.replace(/\{([a-z][a-z0-9_]*)\}/g, (placeholder, name: string) => {
    const input = inputs[name]
    if (!input) return placeholder
    const value = given[name] ?? input.default
    if (value === null) throw new Error(`${id} needs ${name}`)
    if (new RegExp(`^(?:${input.pattern.source})$`).exec(value)?.[0] !== value)
      throw new Error(`${id}: ${name} does not match`)
    return value
  })
}

/** The origins of a profile, with a person's inputs filled in. @throws Error as `withInputs` does */
export const baseUrlsWith = (
  profile: ProviderProfile,
  given: Readonly<Record<string, string>> = {},
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(profile.baseUrls).map(([name, url]) => [name, withInputs(profile, url, given)]),
  )

/**
 * The OAuth of a connector, from its provider's profile.
 * @param specifics what this connector alone decides
 * @throws Error for a profile that no connector can be made of
 */
export function oauth2Of(
  profile: ProviderProfile,
  specifics: Partial<Omit<OAuth2, 'kind'>> & { inputs?: Readonly<Record<string, string>> } = {},
): OAuth2 {
  const { inputs, ...overrides } = specifics
  const { clientAuth, pkce, revoke, identity, tokens } = profile
  if (profile.flow !== 'oauth2' || clientAuth === 'oauth1_hmac_sha1')
    throw new Error(`${profile.id} is not connectable: ${profile.notConnectable}`)
  // What each person says for themselves stays open; the rest is the same for all.
  const asked = new Set(overrides.asks?.map(({ name }) => name))
  const fixed = Object.entries(profile.inputs).filter(([name]) => !asked.has(name))
  const at = (url: string) => withInputs({ id: profile.id, inputs: Object.fromEntries(fixed) }, url, inputs)
  const shared = Object.fromEntries(
    Object.keys(oauth2Defaults).map((name) => [name, profile[name as keyof typeof oauth2Defaults]]),
  ) as Pick<OAuth2, Exclude<keyof typeof oauth2Defaults, 'clientAuth'>>
  return oauth2({
    ...shared,
    clientAuth,
    rotation: profile.rotation,
    oldTokenSurvives: profile.oldTokenSurvives,
    authorizeUrl: at(profile.authorizeUrl),
    tokenUrl: at(profile.tokenUrl),
    refreshUrl: profile.refreshUrl === null ? null : at(profile.refreshUrl),
    // Where nothing says that it is checked, it is not worth being refused for.
    pkce: pkce === 'required' || pkce === 'optional' ? 'S256' : 'unsupported',
    parseTokens: tokensBy(tokens),
    apiOrigin: tokens.apiOrigin ?? null,
    revoke: revokeOf(revoke, at),
    identity: identityOf(identity, at),
    ...overrides,
  })
}

function revokeOf({ request, meaning }: ProfileRevoke, at: (url: string) => string): RevokeRequest | null {
  if (!request) return null
  const { confirmedBy, ...call } = request
  return {
    ...call,
    url: at(call.url),
    endsWiderGrant: meaning === 'grant',
    confirms: (status, body) =>
      confirmedBy.statuses.includes(status) &&
      Object.entries(confirmedBy.body ?? {}).every(([name, value]) => fieldAt(body, name) === value),
  }
}

function identityOf(identity: ProfileIdentity, at: (url: string) => string): Identity {
  const { id, label } = identity
  const parse = (body: unknown): ProviderAccount => {
    const account = filled(id, body)
    if (account === null) throw new Error('the answer does not say which account this is')
    return {
      id: account,
      label: label.map((one) => filled(one, body)).find((one) => one !== null) ?? account,
    }
  }
  if (identity.from !== 'api') return { url: null, from: identity.from, parse }
  const { url, method, headers, json, introspect } = identity
  return {
    url: at(url),
    method,
    ...(headers && { headers }),
    ...(json !== undefined && { json }),
    ...(introspect && { introspect }),
    parse,
  }
}

function fieldAt(body: unknown, path: string): unknown {
  let value = body
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

/** `null` unless every field of the template is a text or a number. */
function filled(template: string, body: unknown): string | null {
  let complete = true
  const text = template.replace(/\{([\w.]+)\}/g, (_, path: string) => {
    const value = fieldAt(body, path)
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value)
    complete = false
    return ''
  })
  return complete ? text : null
}
