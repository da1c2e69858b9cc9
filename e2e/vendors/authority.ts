/** The authorization server behind a strict front: what was asked, granted, issued, used, expired and revoked. */
import { createHash, randomBytes } from 'node:crypto'

export type AuthorityOptions = {
  pkce: 'required' | 'optional'
  refresh: 'none' | 'reusable' | 'single_use'
  /** Lifetime of an access token in seconds; `null` for one that never expires. */
  accessTtlSeconds: number | null
}

/** A request for consent, held until the person answers. */
export type Asked = {
  id: string
  redirectUri: string
  state: string | null
  scopes: readonly string[]
  challenge: string | null
  nonce: string | null
}

type Grant = { id: string; scopes: readonly string[]; nonce: string | null; live: boolean }
type Code = { grant: Grant; redirectUri: string; challenge: string | null; expiresAt: number; used: boolean }
type Issued = { grant: Grant; expiresAt: number | null; revoked: boolean }

export type Tokens = {
  accessToken: string
  refreshToken: string | null
  expiresInSeconds: number | null
  scopes: readonly string[]
  nonce: string | null
}
export type TokenRefusal = 'bad_code' | 'bad_redirect_uri' | 'bad_verifier' | 'bad_refresh_token'
export type TokenState = 'live' | 'missing' | 'unknown' | 'expired' | 'revoked'

const codeTtlMs = 60_000
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

export class Authority {
  readonly options: AuthorityOptions
  readonly #prefix: string
  readonly #asked = new Map<string, Asked>()
  readonly #codes = new Map<string, Code>()
  readonly #access = new Map<string, Issued>()
  readonly #refresh = new Map<string, Issued>()
  readonly #grants = new Set<Grant>()
  /** How many revocations ended something. */
  revocations = 0

  constructor(options: AuthorityOptions, prefix: string) {
    this.options = options
    this.#prefix = prefix
  }

  #secret(kind: string) {
    return `${this.#prefix}_${kind}_${randomBytes(24).toString('base64url')}`
  }

  /** @returns why the request is refused, or what was asked */
  ask(request: Omit<Asked, 'id'>, method: string | null): Asked | 'pkce_missing' | 'pkce_plain' {
    if (request.challenge === null && this.options.pkce === 'required') return 'pkce_missing'
    if (request.challenge !== null && method !== 'S256') return 'pkce_plain'
    const asked = { ...request, id: randomBytes(16).toString('base64url') }
    this.#asked.set(asked.id, asked)
    return asked
  }

  /** Takes a held request away, so that one consent is answered once. */
  take(id: string): Asked | undefined {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    return asked
  }

  issueCode(asked: Asked, scopes: readonly string[]): string {
    const grant = { id: randomBytes(8).toString('hex'), scopes, nonce: asked.nonce, live: true }
    this.#grants.add(grant)
    const code = this.#secret('code')
    const { redirectUri, challenge } = asked
    this.#codes.set(code, { grant, redirectUri, challenge, expiresAt: Date.now() + codeTtlMs, used: false })
    return code
  }

  /** A code used twice also ends what it was exchanged for (RFC 6749 §4.1.2). */
  redeem(code: string, redirectUri: string | null, verifier: string | null): Tokens | TokenRefusal {
    const found = this.#codes.get(code)
    if (!found) return 'bad_code'
    if (found.used) {
      found.grant.live = false
      return 'bad_code'
    }
    found.used = true
    if (found.expiresAt < Date.now()) return 'bad_code'
    if (found.redirectUri !== redirectUri) return 'bad_redirect_uri'
    if (found.challenge !== null && (verifier === null || sha256(verifier) !== found.challenge)) {
      return 'bad_verifier'
    }
    if (found.challenge === null && verifier !== null) return 'bad_verifier'
    return this.#issue(found.grant, this.options.refresh !== 'none')
  }

  /** A single-use refresh token used twice ends the whole grant, as a stolen one would be told from its owner's. */
  refresh(token: string): Tokens | TokenRefusal {
    const found = this.#refresh.get(token)
    if (!found?.grant.live) return 'bad_refresh_token'
    if (found.revoked) {
      if (this.options.refresh === 'single_use') found.grant.live = false
      return 'bad_refresh_token'
    }
    const rotates = this.options.refresh === 'single_use'
    if (rotates) found.revoked = true
    return this.#issue(found.grant, rotates)
  }

  #issue(grant: Grant, withRefresh: boolean): Tokens {
    const ttl = this.options.accessTtlSeconds
    const accessToken = this.#secret('access')
    const refreshToken = withRefresh ? this.#secret('refresh') : null
    this.#access.set(accessToken, {
      grant,
      expiresAt: ttl === null ? null : Date.now() + ttl * 1000,
      revoked: false,
    })
    if (refreshToken) this.#refresh.set(refreshToken, { grant, expiresAt: null, revoked: false })
    return { accessToken, refreshToken, expiresInSeconds: ttl, scopes: grant.scopes, nonce: grant.nonce }
  }

  check(accessToken: string | null): { state: TokenState; scopes: readonly string[] } {
    if (accessToken === null) return { state: 'missing', scopes: [] }
    const found = this.#access.get(accessToken)
    if (!found) return { state: 'unknown', scopes: [] }
    if (found.revoked || !found.grant.live) return { state: 'revoked', scopes: [] }
    if (found.expiresAt !== null && found.expiresAt <= Date.now()) return { state: 'expired', scopes: [] }
    return { state: 'live', scopes: found.grant.scopes }
  }

  /** Ends this token alone, or all that the person ever granted, as the vendor does. */
  revoke(token: string, reach: 'token' | 'person'): boolean {
    const found = this.#access.get(token) ?? this.#refresh.get(token)
    if (!found || found.revoked || !found.grant.live) return false
    this.revocations++
    if (reach === 'token') found.revoked = true
    else this.revokeAll()
    return true
  }

  /** What the person does in the vendor's own settings. */
  revokeAll() {
    for (const grant of this.#grants) grant.live = false
  }

  /** Lets time pass for every access token that can expire. */
  expireAccessTokens() {
    for (const issued of this.#access.values()) if (issued.expiresAt !== null) issued.expiresAt = 0
  }
}
