const secondsMax = 3_600

/**
 * When the provider says to come back, in seconds from now, at least one and at most an hour: Retry-After in both its
 * forms (RFC 9110 §10.2.3), else the reset of a limit that is used up (GitHub's `x-ratelimit-*`).
 * @returns `null` where it said nothing that can be read
 */
export function retryAfterSeconds(headers: Pick<Headers, 'get'>, nowMs: number): number | null {
  const wait = waitOf(headers, nowMs)
  return wait === null ? null : Math.min(Math.max(Math.ceil(wait), 1), secondsMax)
}

function waitOf(headers: Pick<Headers, 'get'>, nowMs: number): number | null {
  const said = headers.get('retry-after')
  if (said !== null && said.trim() !== '') {
    const seconds = Number(said)
    const wait = Number.isFinite(seconds) ? seconds : (Date.parse(said) - nowMs) / 1000
    return Number.isFinite(wait) ? wait : null
  }
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN)
  if (headers.get('x-ratelimit-remaining') !== '0' || !Number.isFinite(reset)) return null
  return reset > 1_000_000_000 ? reset - nowMs / 1000 : reset
}
