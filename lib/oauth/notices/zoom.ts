import { z } from 'zod'
import type { Delivery, Notice } from './notice.ts'
import { assertFresh, assertSigned, bodyId, hmacHex, jsonOf } from './signed.ts'

const challenge = z.object({
  event: z.literal('endpoint.url_validation'),
  payload: z.object({ plainToken: z.string().max(1000) }),
})
const news = z.object({ event: z.string(), event_ts: z.number() })
const deauthorized = z.object({ payload: z.object({ user_id: z.string() }) })

/**
 * Zoom: `x-zm-signature` over `v0:time:body`, with the app's secret token. It gives a delivery no id.
 * @throws AppError `unauthenticated`
 */
export function readZoom(delivery: Delivery, secret: string): Notice {
  const { headers, body, now } = delivery
  const time = headers.get('x-zm-request-timestamp')
  assertSigned([headers.get('x-zm-signature')], `v0=${hmacHex(secret, `v0:${time}:${body}`)}`)
  assertFresh(time, now)
  const json = jsonOf(delivery)
  const asked = challenge.safeParse(json)
  if (asked.success) {
    const { plainToken } = asked.data.payload
    return { kind: 'challenge', answer: { plainToken, encryptedToken: hmacHex(secret, plainToken) } }
  }
  const parsed = news.safeParse(json)
  const over = parsed.data?.event === 'app_deauthorized' ? deauthorized.safeParse(json).data : undefined
  return {
    kind: 'news',
    id: bodyId(delivery),
    at: parsed.success ? new Date(parsed.data.event_ts) : null,
    event: parsed.data?.event ?? 'unknown',
    ended: over ? [{ account: over.payload.user_id, tokensEnded: true }] : [],
  }
}
