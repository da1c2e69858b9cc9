import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { AppError } from '#lib/errors'
import type { Delivery } from './notice.ts'

/** How far a signed time may be from ours, in seconds: what Slack and Stripe ask for. */
const windowSeconds = 300

export const refused = (internal: string) =>
  new AppError(
    'unauthenticated',
    { detail: 'This delivery does not prove where it comes from.' },
    { internal },
  )

/** HMAC-SHA-256 in hexadecimal digits. */
export const hmacHex = (secret: string, data: string | Uint8Array): string =>
  createHmac('sha256', secret).update(data).digest('hex')

/** Compares digests in constant time; of texts that differ in length, too. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** @throws AppError `unauthenticated` when none of `given` is the signature */
export function assertSigned(given: readonly (string | null)[], expected: string): void {
  let found = false
  for (const signature of given) found = same(signature ?? '', expected) || found
  if (!found) throw refused('a notice with a wrong signature')
}

/**
 * A signed time, in whole seconds since 1970.
 * @throws AppError `unauthenticated` for one that is missing, malformed, or more than five minutes away
 */
export function assertFresh(seconds: string | null | undefined, now: Date): void {
  if (!/^\d{1,12}$/.test(seconds ?? '')) throw refused('a notice without a time')
  if (Math.abs(Number(seconds) - now.getTime() / 1000) > windowSeconds) throw refused('a stale notice')
}

/** The JSON of a delivery whose signature has been checked. @throws AppError `invalid_json` */
export function jsonOf({ body }: Delivery): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new AppError('invalid_json', { detail: 'The body is not valid JSON.' })
  }
}

/** For providers that give a delivery no id: the same bytes are the same delivery. */
export const bodyId = ({ body }: Delivery): string =>
  `sha256:${createHash('sha256').update(body).digest('hex')}`
