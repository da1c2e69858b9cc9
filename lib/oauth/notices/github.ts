import { z } from 'zod'
import type { Delivery, Notice } from './notice.ts'
import { assertSigned, bodyId, hmacHex, jsonOf } from './signed.ts'

const revoked = z.object({ action: z.literal('revoked'), sender: z.object({ id: z.number() }) })

/**
 * GitHub: `X-Hub-Signature-256` over the body, with the webhook's secret. It signs no time and no delivery id, so a
 * repeated delivery is known by its id alone.
 * @throws AppError `unauthenticated`
 */
export function readGithub(delivery: Delivery, secret: string): Notice {
  const { headers, body } = delivery
  assertSigned([headers.get('x-hub-signature-256')], `sha256=${hmacHex(secret, body)}`)
  const event = headers.get('x-github-event')?.slice(0, 100) ?? 'unknown'
  const parsed = event === 'github_app_authorization' ? revoked.safeParse(jsonOf(delivery)) : null
  return {
    kind: 'news',
    id: headers.get('x-github-delivery')?.slice(0, 200) || bodyId(delivery),
    at: null,
    event,
    ended: parsed?.success ? [{ account: String(parsed.data.sender.id), tokensEnded: true }] : [],
  }
}
