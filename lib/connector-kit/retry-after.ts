const secondsMax = 3_600

/** The three forms of a date of HTTP (RFC 9110 §5.6.7); what else `Date.parse` would read is read as something. */
const dateForms = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
]

function httpDateMs(text: string): number {
  if (!dateForms.some((form) => form.test(text))) return Number.NaN
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
}

/**
 * What time it is at the provider, where its answer says it: points in time that it names are meant by its clock, and
 * ours may be off (THREATS.md fault 12).
 */
export function providerNowMs(headers: Pick<Headers, 'get'>, nowMs: number): number {
  const said = httpDateMs(headers.get('date') ?? '')
  return Number.isNaN(said) ? nowMs : said
}

/**
 * When the provider says to come back, in seconds from now, at least one and at most an hour: Retry-After in both its
 * forms (RFC 9110 §10.2.3), else the reset of a limit that is used up (GitHub's `x-ratelimit-*`).
 * @returns `null` where it said nothing that can be read
 */
export function retryAfterSeconds(headers: Pick<Headers, 'get'>, nowMs: number): number | null {
  const wait = waitOf(headers, providerNowMs(headers, nowMs))
  return wait === null ? null : Math.min(Math.max(Math.ceil(wait), 1), secondsMax)
}

function waitOf(headers: Pick<Headers, 'get'>, nowMs: number): number | null {
  const said = headers.get('retry-after')?.trim() ?? ''
  if (said !== '') {
    // A proxy on the way may have added its own; whoever comes back last comes too early for neither.
    if (/^\d+(\.\d+)?(\s*,\s*\d+(\.\d+)?)*$/.test(said)) return Math.max(...said.split(',').map(Number))
    const wait = (httpDateMs(said) - nowMs) / 1000
    return Number.isNaN(wait) ? null : wait
  }
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN)
  if (headers.get('x-ratelimit-remaining') !== '0' || !Number.isFinite(reset)) return null
  return reset > 1_000_000_000 ? reset - nowMs / 1000 : reset
}
