import { headers } from 'next/headers'
import { appendAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { actorOf, authenticateMember, redeemSignInLink } from '#lib/identity'
import { log } from '#lib/log'
import { originOf } from '#runtime'

/**
 * Uses up a sign-in link and names the member for the session.
 * @returns `null` when the link is unknown, used or too old
 * @throws Error whose message is the one word that the sign-in page may be told
 */
export async function signInWithLink(
  token: string | undefined,
): Promise<{ id: string; sessionVersion: number } | null> {
  if (!token) return null
  try {
    const member = await redeemSignInLink(token)
    if (!member) return null
    const { id, sessionVersion } = member
    const { caller } = await authenticateMember({ memberId: id, sessionVersion })
    const { ip, userAgent, traceId } = originOf(await headers())
    await forOrg(caller.home, (tx) =>
      appendAudit(tx, caller.home, {
        action: 'member.signed_in',
        outcome: 'allowed',
        actor: actorOf(caller),
        ip,
        user_agent: userAgent,
        trace_id: traceId,
      }),
    )
    return { id, sessionVersion }
  } catch (error) {
    // next-auth would put the message of what is thrown into a URL.
    log.error({ err: error }, 'console sign-in failed')
    throw new Error('Unavailable')
  }
}
