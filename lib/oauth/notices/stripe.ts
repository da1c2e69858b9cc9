import { z } from 'zod'
import type { Delivery, Notice } from './notice.ts'
import { assertFresh, assertSigned, bodyId, hmacHex, jsonOf } from './signed.ts'

const event = z.object({
  id: z.string().max(200),
  type: z.string(),
  created: z.number(),
  account: z.string().optional(),
})

/**
 * Stripe: `Stripe-Signature: t=…,v1=…` over `t.body`, with the endpoint's signing secret; more than one `v1` while
 * that is being rolled.
 * @throws AppError `unauthenticated`
 */
export function readStripe(delivery: Delivery, secret: string): Notice {
  const { headers, body, now } = delivery
  const fields = (headers.get('stripe-signature') ?? '').split(',').map((field) => field.trim().split('='))
  const all = (name: string) => fields.flatMap(([key, value]) => (key === name && value ? [value] : []))
  const [time] = all('t')
  assertSigned(all('v1'), hmacHex(secret, `${time}.${body}`))
  assertFresh(time, now)
  const parsed = event.safeParse(jsonOf(delivery))
  if (!parsed.success) return { kind: 'news', id: bodyId(delivery), at: null, event: 'unknown', ended: [] }
  const { id, type, created, account } = parsed.data
  const over = type === 'account.application.deauthorized' && account !== undefined
  return {
    kind: 'news',
    id,
    at: new Date(created * 1000),
    event: type,
    ended: over ? [{ account, tokensEnded: true }] : [],
  }
}
