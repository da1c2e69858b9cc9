import { createHash } from 'node:crypto'
import { z } from 'zod'

const area = z.enum(['api', 'token', 'all'])
const count = z.union([z.boolean().transform((on) => (on ? 1 : 0)), z.int().min(0)])

/** Every knob of `POST /_control/faults`. Unknown knobs are refused, `null` puts a knob back to its default. */
const knobs = {
  deny: count,
  wrong_account: z.string().min(1),
  latency_ms: z.int().min(0).max(120_000),
  latency_for: area,
  next_status: z.strictObject({
    status: z.int().min(400).max(599),
    count: z.int().min(1).default(1),
    retry_after: z.union([z.int().min(0), z.literal('http-date'), z.literal('past'), z.null()]).default(null),
    scope: z.enum(['api', 'token', 'userinfo']).default('api'),
  }),
  token_error: z.strictObject({
    status: z.int().min(200).max(599),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]),
    share: z.number().min(0).max(1).default(1),
  }),
  lost_refresh: count,
  drop_token_request: count,
  rotation: z.enum(['single_use', 'none']),
  reuse_ends_family: z.boolean(),
  grace_seconds: z.number().min(0).max(86_400),
  access_ttl_seconds: z.int().min(1),
  omit_refresh_token: z.boolean(),
  omit_expires_in: z.boolean(),
  expires_in_override: z.union([z.number(), z.string()]),
  rate_limit_per_minute: z.int().min(1),
  echo_token: z.boolean(),
  reset_mid_body: count,
  huge_body_bytes: z.int().min(1),
  gzip_bomb_bytes: z.int().min(1),
  compress: z.boolean(),
  slow_body_ms: z.int().min(1).max(120_000),
  invalid_json: z.boolean(),
  html_200: z.boolean(),
  redirect_to: z.string().min(1),
  body_for: area,
  // Calls of the API whose connection is dropped, as shares of one: before anything was done, or when all was.
  api_drops: z.strictObject({ before: z.number().min(0).max(1), after: z.number().min(0).max(1) }),
  // Whose calls of the API meet faults; everybody's unless told.
  api_faults_for: z.string().min(1),
  coop: z.enum(['same-origin', 'same-origin-allow-popups']),
} as const

type Knob = keyof typeof knobs
type Value<K extends Knob> = z.output<(typeof knobs)[K]>
type Nullable =
  | 'wrong_account'
  | 'next_status'
  | 'token_error'
  | 'expires_in_override'
  | 'huge_body_bytes'
  | 'gzip_bomb_bytes'
  | 'slow_body_ms'
  | 'redirect_to'
  | 'api_drops'
  | 'api_faults_for'
  | 'coop'
export type Faults = { [K in Knob]: K extends Nullable ? Value<K> | null : Value<K> }

/** As they are asked for: what has a default may be left out. */
export type FaultsAsked = { [K in Knob]?: z.input<(typeof knobs)[K]> | null }

export const defaultFaults = (): Faults => ({
  deny: 0,
  wrong_account: null,
  latency_ms: 0,
  latency_for: 'all',
  next_status: null,
  token_error: null,
  lost_refresh: 0,
  drop_token_request: 0,
  rotation: 'single_use',
  reuse_ends_family: true,
  grace_seconds: 0,
  access_ttl_seconds: 300,
  omit_refresh_token: false,
  omit_expires_in: false,
  expires_in_override: null,
  rate_limit_per_minute: 600,
  echo_token: false,
  reset_mid_body: 0,
  huge_body_bytes: null,
  gzip_bomb_bytes: null,
  compress: false,
  slow_body_ms: null,
  invalid_json: false,
  html_200: false,
  redirect_to: null,
  body_for: 'api',
  api_drops: null,
  api_faults_for: null,
  coop: null,
})

export interface RecordedRequest {
  at: string
  method: string
  path: string
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** One use of a refresh token, in the provider's own book. */
export interface Redemption {
  /** The grant that the token is of; `null` for a token that is unknown here. */
  grant: string | null
  /** SHA-256 (hex) of the token. */
  token: string
  /** When the request had been read, and when its answer was given to the wire; `null` for one that never was. */
  received_ms: number
  answered_ms: number | null
  status: number
}

const freshCounters = () => ({
  authorize: 0,
  token_authorization_code: 0,
  token_refresh: 0,
  token_other: 0,
  token_client_credentials: 0,
  token_jwt_bearer: 0,
  keys: { issued: 0, presented: 0, refused: 0, revoked: 0 },
  revocation: 0,
  introspection: 0,
  userinfo: 0,
  api: {} as Record<string, number>,
  refresh_redemptions: {} as Record<string, number>,
  last_requests: [] as RecordedRequest[],
})

const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')

const recordedRequestsMax = 200

export type BodyFault =
  | { kind: 'reset' }
  | { kind: 'huge'; bytes: number }
  | { kind: 'gzip_bomb'; bytes: number }
  | { kind: 'compressed' }
  | { kind: 'slow'; ms: number }
  | { kind: 'invalid_json' }
  | { kind: 'html' }
  | { kind: 'redirect'; location: string }

export type Control = ReturnType<typeof createControl>

/** What the control endpoint can bend, and what it has seen. One per running sandbox. */
export function createControl() {
  const patch = z.strictObject(knobs).partial()
  let faults = defaultFaults()
  let counters = freshCounters()
  let redemptions: Redemption[] = []
  let errorDebt = 0
  let dropDebt = 0

  const covers = (setting: 'api' | 'token' | 'all', asked: 'api' | 'token') =>
    setting === 'all' || setting === asked

  return {
    get faults(): Readonly<Faults> {
      return faults
    },
    get counters() {
      return counters
    },
    get redemptions(): readonly Redemption[] {
      return redemptions
    },

    /** @throws z.ZodError for an unknown knob or a value out of range; nothing changes then */
    set(input: unknown): void {
      const given = z.record(z.string(), z.unknown()).parse(input)
      const defaults: Record<string, unknown> = defaultFaults()
      const isReset = (knob: string) => given[knob] === null && knob in defaults
      const changes = patch.parse(
        Object.fromEntries(Object.entries(given).filter(([knob]) => !isReset(knob))),
      )
      const back = Object.fromEntries(Object.entries(defaults).filter(([knob]) => isReset(knob)))
      faults = { ...faults, ...back, ...changes } as Faults
    },

    reset(): void {
      faults = defaultFaults()
      counters = freshCounters()
      redemptions = []
      errorDebt = 0
      dropDebt = 0
    },

    /** The injected token error, for as many of the requests as its share says, evenly spread. */
    takeTokenError(): Faults['token_error'] {
      const error = faults.token_error
      errorDebt += error?.share ?? 0
      // A share such as 0.3 is no sum of halves: ten times it falls just short of three.
      if (!error || errorDebt < 1 - 1e-9) return null
      errorDebt -= 1
      return error
    },

    /** Uses up one of a counted fault; false when none is left. */
    take(knob: 'deny' | 'lost_refresh' | 'drop_token_request' | 'reset_mid_body'): boolean {
      if (faults[knob] <= 0) return false
      faults = { ...faults, [knob]: faults[knob] - 1 }
      return true
    },

    takeWrongAccount(): string | null {
      const user = faults.wrong_account
      faults = { ...faults, wrong_account: null }
      return user
    },

    takeStatus(asked: 'api' | 'token' | 'userinfo'): NonNullable<Faults['next_status']> | null {
      const fault = faults.next_status
      if (fault?.scope !== asked) return null
      faults = { ...faults, next_status: fault.count > 1 ? { ...fault, count: fault.count - 1 } : null }
      return fault
    },

    takeBodyFault(asked: 'api' | 'token'): BodyFault | null {
      if (!covers(faults.body_for, asked)) return null
      if (faults.redirect_to !== null) return { kind: 'redirect', location: faults.redirect_to }
      if (faults.html_200) return { kind: 'html' }
      if (faults.invalid_json) return { kind: 'invalid_json' }
      if (faults.huge_body_bytes !== null) return { kind: 'huge', bytes: faults.huge_body_bytes }
      if (faults.gzip_bomb_bytes !== null) return { kind: 'gzip_bomb', bytes: faults.gzip_bomb_bytes }
      if (faults.slow_body_ms !== null) return { kind: 'slow', ms: faults.slow_body_ms }
      if (faults.reset_mid_body > 0) return this.take('reset_mid_body') ? { kind: 'reset' } : null
      return faults.compress ? { kind: 'compressed' } : null
    },

    /** When the connection of this call is to be dropped, if it is: evenly spread over the calls. */
    takeDrop(): 'before' | 'after' | null {
      const { before = 0, after = 0 } = faults.api_drops ?? {}
      dropDebt += before + after
      if (dropDebt < 1 - 1e-9) return null
      dropDebt -= 1
      return Math.random() * (before + after) < before ? 'before' : 'after'
    },

    latencyMs: (asked: 'api' | 'token') => (covers(faults.latency_for, asked) ? faults.latency_ms : 0),

    record(request: RecordedRequest): void {
      counters.last_requests.push(request)
      if (counters.last_requests.length > recordedRequestsMax) counters.last_requests.shift()
    },

    countApi(route: string): void {
      counters.api[route] = (counters.api[route] ?? 0) + 1
    },

    /** Keyed by hash, so that the state can be printed by a failing test without printing a token. */
    countRedemption(refreshToken: string): void {
      const hash = tokenHash(refreshToken)
      counters.refresh_redemptions[hash] = (counters.refresh_redemptions[hash] ?? 0) + 1
    },

    /** @returns the entry, for its answer to be noted on it */
    bookRedemption(refreshToken: string, entry: Omit<Redemption, 'token' | 'answered_ms'>): Redemption {
      const booked = { ...entry, token: tokenHash(refreshToken), answered_ms: null }
      redemptions.push(booked)
      return booked
    },
  }
}

/** The Retry-After field of a fault (RFC 9110 §10.2.3): seconds, a date 2 s ahead, or a date long past. */
export function retryAfter(value: number | 'http-date' | 'past' | null): Record<string, string> {
  if (value === null) return {}
  if (value === 'http-date') return { 'retry-after': new Date(Date.now() + 2000).toUTCString() }
  if (value === 'past') return { 'retry-after': new Date(0).toUTCString() }
  return { 'retry-after': String(value) }
}
