import { createHmac, hkdfSync, randomUUID, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { config } from '#lib/config'

// Clients of the revisions of 2025 say once, at `initialize`, what they can do, and come back with a session id. No
// process keeps a session: what was said travels in the id, signed, so that any replica reads it and nobody writes one.
// It is worth nothing without the access token that every request brings, and is good for whoever it was made for alone.

/** How long a client may go without `initialize`, in seconds. */
const sessionSeconds = 86_400

const facts = z.object({
  /** Random, so that two sessions of one caller are two. */
  id: z.string(),
  subject: z.string(),
  /** Whether the client opens addresses for its person (elicitation in URL mode). */
  opensUrls: z.boolean(),
  /** Seconds since 1970. */
  until: z.number(),
})
export type Session = z.infer<typeof facts>

let key: Buffer | undefined
const sign = (payload: string): Buffer => {
  key ??= Buffer.from(hkdfSync('sha256', config().sessionSecret, '', 'behalf/mcp-session', 32))
  return createHmac('sha256', key).update(payload).digest()
}

/** @param subject who calls, and where: the session is good for no other */
export function beginSession(subject: string, opensUrls: boolean): string {
  const session: Session = {
    id: randomUUID(),
    subject,
    opensUrls,
    until: Math.floor(Date.now() / 1000) + sessionSeconds,
  }
  const payload = Buffer.from(JSON.stringify(session)).toString('base64url')
  return `${payload}.${sign(payload).toString('base64url')}`
}

/** @returns `null` for one that is not ours, over, or another caller's: the three are told apart by nobody */
export function openSession(given: string, subject: string): Session | null {
  const [payload = '', signature = ''] = given.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const expected = sign(payload)
  if (bytes.length !== expected.length || !timingSafeEqual(bytes, expected)) return null
  const parsed = facts.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  if (!parsed.success || parsed.data.subject !== subject) return null
  return parsed.data.until * 1000 > Date.now() ? parsed.data : null
}
