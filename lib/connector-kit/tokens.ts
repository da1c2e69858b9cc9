/** The tokens of a token response, in one shape for all providers. */
export type TokenSet = {
  accessToken: string
  /** `null` where the answer has none: then the one that is held stays (THREATS.md fault 10). */
  refreshToken: string | null
  /** Lifetime in seconds from now as the provider said it; `null` where it said nothing. */
  expiresInSeconds: number | null
  /** The scopes that were granted; `null` where the provider did not say, which means: those asked for. */
  scopes: readonly string[] | null
  /** What a person gave beside or in place of them: the fields of a form, or their part of the address. */
  fields?: Readonly<Record<string, string>>
}

/** Where a provider's token response departs from RFC 6749 §5.1. */
export type TokenMapping = {
  /**
   * Where the tokens stand: the first place that has an access token, and `when` given has these fields too. Slack
   * nests the person's tokens in `authed_user`. Without places they stand at the top.
   */
  places?: readonly { at: string | null; when?: Readonly<Record<string, string>> }[]
  /** An empty `scope` means that nothing was granted, not that everything asked for was. */
  emptyScopeIsNone?: boolean
  /** Names under which the provider answers scopes, with those by which they are asked for. */
  scopeAliases?: Readonly<Record<string, string>>
  /** A field that decides where the API is: trusted within these hosts only, a leading dot meaning any below. */
  apiOrigin?: { field: string; hosts: readonly string[] }
}

type Body = Readonly<Record<string, unknown>>

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

function scopesOf(value: unknown, separator: RegExp): string[] | null {
  if (Array.isArray(value)) return value.filter((scope) => typeof scope === 'string')
  return text(value)?.split(separator).filter(Boolean) ?? null
}

/** Reads a token response of RFC 6749 §5.1; lifetimes may come as a number or as a string of one. */
export function standardTokens(body: Body, scopeSeparator: RegExp = /[\s,]+/): TokenSet {
  const accessToken = text(body.access_token)
  if (!accessToken) throw new Error('token response without access_token')
  const expires =
    body.expires_in === undefined || body.expires_in === null ? Number.NaN : Number(body.expires_in)
  return {
    accessToken,
    refreshToken: text(body.refresh_token),
    expiresInSeconds: Number.isFinite(expires) ? expires : null,
    scopes: scopesOf(body.scope, scopeSeparator),
  }
}

/** A reader of token responses as `mapping` says. It throws where there is no token of the person. */
export function tokensBy(mapping: TokenMapping): (body: Body) => TokenSet {
  return (body) => {
    const place = placeIn(mapping, body)
    const tokens = standardTokens(place)
    const scopes = mapping.emptyScopeIsNone && place.scope === '' ? [] : tokens.scopes
    return { ...tokens, scopes: scopes?.map((scope) => mapping.scopeAliases?.[scope] ?? scope) ?? null }
  }
}

function placeIn({ places = [{ at: null }] }: TokenMapping, body: Body): Body {
  for (const { at, when = {} } of places) {
    const here = at === null ? body : body[at]
    if (typeof here !== 'object' || here === null) continue
    const fields = here as Body
    const fits = Object.entries(when).every(([name, value]) => fields[name] === value)
    if (fits && fields.access_token !== undefined) return fields
  }
  throw new Error('token response without a token of the person')
}

/**
 * Where a token response says that the API is, if it says so.
 * @param pinned hosts that are trusted whatever the mapping says, such as those an operator named
 * @throws Error for an address that is not the provider's (THREATS.md O6)
 */
export function apiOriginIn(
  mapping: TokenMapping['apiOrigin'] | null,
  body: Body,
  pinned: readonly string[],
): string | null {
  const said = mapping ? body[mapping.field] : undefined
  if (!mapping || said === undefined || said === null) return null
  const url = typeof said === 'string' ? URL.parse(said) : null
  const ofProvider =
    url?.protocol === 'https:' &&
    url.port === '' &&
    mapping.hosts.some((host) => (host.startsWith('.') ? url.host.endsWith(host) : url.host === host))
  if (url?.username !== '' || !(ofProvider || pinned.includes(url.host)))
    throw new Error(`token response with a foreign ${mapping.field}`)
  return url.origin
}
