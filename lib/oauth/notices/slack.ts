import { z } from 'zod'
import type { Delivery, Ended, Notice } from './notice.ts'
import { assertFresh, assertSigned, bodyId, hmacHex, jsonOf } from './signed.ts'

const challenge = z.object({ type: z.literal('url_verification'), challenge: z.string().max(1000) })
const envelope = z.object({
  type: z.literal('event_callback'),
  team_id: z.string(),
  event_id: z.string().max(200),
  event_time: z.number(),
  event: z.looseObject({ type: z.string() }),
})
const revoked = z.object({ tokens: z.object({ oauth: z.array(z.string()).default([]) }) })

/** People's tokens are ours; `bot` tokens are the app's own, which we never take. */
function endedBy(team: string, event: Record<string, unknown> & { type: string }): Ended[] {
  if (event.type === 'app_uninstalled') return [{ account: team, workspace: true, tokensEnded: true }]
  const parsed = event.type === 'tokens_revoked' ? revoked.safeParse(event) : null
  const users = parsed?.success ? parsed.data.tokens.oauth : []
  return users.map((user) => ({ account: `${team}/${user}`, tokensEnded: true }))
}

/**
 * Slack: `X-Slack-Signature` over `v0:time:body`, with the app's signing secret.
 * @throws AppError `unauthenticated`
 */
export function readSlack(delivery: Delivery, secret: string): Notice {
  const { headers, body, now } = delivery
  const time = headers.get('x-slack-request-timestamp')
  assertSigned([headers.get('x-slack-signature')], `v0=${hmacHex(secret, `v0:${time}:${body}`)}`)
  assertFresh(time, now)
  const json = jsonOf(delivery)
  const asked = challenge.safeParse(json)
  if (asked.success) return { kind: 'challenge', answer: { challenge: asked.data.challenge } }
  const parsed = envelope.safeParse(json)
  if (!parsed.success) return { kind: 'news', id: bodyId(delivery), at: null, event: 'unknown', ended: [] }
  const { team_id, event_id, event_time, event } = parsed.data
  return {
    kind: 'news',
    id: event_id,
    at: new Date(event_time * 1000),
    event: event.type,
    ended: endedBy(team_id, event),
  }
}
