import { type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { Reply } from './answer.ts'
import { findPerson } from './people.ts'

export const signingKeyId = 'sandbox'

const asked = z.strictObject({
  user: z.string(),
  client_id: z.string(),
  event: z.string().default('https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked'),
  jti: z.string().optional(),
  /** Where to push it (RFC 8935); without one it is only answered. */
  deliver_to: z.url().optional(),
})

/** Tells clients what happened to a person's account: security event tokens (RFC 8417), as Google's RISC sends them. */
export function createSecurityEvents(issuer: string, key: KeyObject) {
  return async (input: unknown): Promise<Reply> => {
    const { user, client_id, event, jti, deliver_to } = asked.parse(input)
    const person = findPerson(user)
    if (!person)
      return { status: 404, body: { error: { code: 'not_found', message: 'no such practice user' } } }
    const subject = { format: 'iss_sub', iss: issuer, sub: person.id }
    const token = await new SignJWT({ events: { [event]: { subject } } })
      .setProtectedHeader({ alg: 'RS256', kid: signingKeyId, typ: 'secevent+jwt' })
      .setIssuer(issuer)
      .setAudience(client_id)
      .setIssuedAt()
      .setJti(jti ?? randomUUID())
      .sign(key)
    if (deliver_to === undefined) return { status: 200, body: { token } }
    const pushed = await fetch(deliver_to, {
      method: 'POST',
      headers: { 'content-type': 'application/secevent+jwt' },
      body: token,
    })
    return { status: 200, body: { token, delivered: pushed.status } }
  }
}
