import { providerNowMs, retryAfterSeconds } from './retry-after.ts'

/**
 * A limit that a provider tells of with every answer. `unit` is how `reset` says when it is refilled: a point in time
 * (`epoch_seconds`, `epoch_ms`, `date`) or a span from now (`seconds`, `ms`).
 */
export type RateWindow = {
  /** Header with the calls that are left. */
  remaining: string
  /** Header with when there are more. */
  reset: string
  unit: 'epoch_seconds' | 'epoch_ms' | 'date' | 'seconds' | 'ms'
  /** Only where each of these headers has this value: a provider with several limits names the one that it tells of. */
  only?: Readonly<Record<string, string>>
}

/** Whose calls a limit counts: those of one connected account, or all that our client makes. */
export type RateScope = 'account' | 'auth_config'

/** What is known of a provider's limits, as data. `Retry-After` and status 429 need no word here. */
export type RateFacts = {
  /** `account` unless told. */
  per?: RateScope
  /** Codes in the body of a refusal that speak of our client as a whole, where `per` says otherwise. */
  clientCodes?: readonly string[]
  windows?: readonly RateWindow[]
  /** How long to stay away where a refusal says nothing, in seconds. */
  waitSeconds?: number
}

const secondsMax = 3_600
/** A number this large is a point in time and no span: 2001 in seconds. */
const epochMin = 1_000_000_000

function resetSeconds({ reset, unit }: RateWindow, headers: Pick<Headers, 'get'>, nowMs: number): number {
  const said = headers.get(reset)
  if (said === null || said.trim() === '') return Number.NaN
  if (unit === 'date') return (Date.parse(said) - nowMs) / 1000
  const value = Number(said)
  if (unit === 'epoch_ms') return (value - nowMs) / 1000
  if (unit === 'epoch_seconds') return value - nowMs / 1000
  // A span that is a point in time after all would keep everybody away for decades.
  if (value > epochMin) return Number.NaN
  return unit === 'ms' ? value / 1000 : value
}

/** Seconds until a limit that an answer shows to be used up is refilled, at most an hour; `null` where none is. */
export function usedUpSeconds(rates: RateFacts, headers: Pick<Headers, 'get'>, nowMs: number): number | null {
  let longest: number | null = null
  const thereMs = providerNowMs(headers, nowMs)
  for (const window of rates.windows ?? []) {
    const left = headers.get(window.remaining)
    if (left === null || left.trim() === '' || Number(left) > 0 || Number.isNaN(Number(left))) continue
    if (!Object.entries(window.only ?? {}).every(([name, value]) => headers.get(name) === value)) continue
    const seconds = resetSeconds(window, headers, thereMs)
    if (Number.isFinite(seconds) && seconds > 0) longest = Math.max(longest ?? 0, seconds)
  }
  return longest === null ? null : Math.min(longest, secondsMax)
}

/**
 * How long a refusal for the rate keeps us away, in seconds, and whom: `Retry-After` in both its forms (RFC 9110
 * §10.2.3), else the provider's own headers, else what is known of it.
 * @param codes the codes in the refusal's body
 * @returns `seconds: null` where nobody said anything; at least one and at most an hour otherwise
 */
export function rateRefusal(
  rates: RateFacts,
  headers: Pick<Headers, 'get'>,
  codes: readonly string[],
  nowMs: number,
): { seconds: number | null; per: RateScope } {
  const usedUp = usedUpSeconds({ windows: rates.windows?.map(withoutOnly) ?? [] }, headers, nowMs)
  const seconds =
    (headers.get('retry-after') !== null ? retryAfterSeconds(headers, nowMs) : null) ??
    usedUp ??
    retryAfterSeconds(headers, nowMs) ??
    rates.waitSeconds ??
    null
  const clientWide = rates.clientCodes?.some((code) => codes.includes(code)) ?? false
  return {
    seconds: seconds === null ? null : Math.max(seconds, 1),
    per: clientWide ? 'auth_config' : (rates.per ?? 'account'),
  }
}

/** A refusal speaks of the limit that was met, whichever it is. */
const withoutOnly = ({ only: _, ...window }: RateWindow): RateWindow => window
