import { headers } from 'next/headers'
import { appendAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { actorOf, authenticateMember, type Member, noteSignInIn, type SignInMethod } from '#lib/identity'
import { originOf } from '#runtime'

/** What next-auth puts into the session's cookie. */
export type SessionUser = {
  id: string
  sessionVersion: number
  /** When they showed who they are, in seconds since 1970. */
  authTime: number
}

/**
 * Names a member for a session and says so in their org's audit.
 * @param method how they showed who they are
 * @param authTime when they did, in seconds since 1970, where somebody else says it (OpenID Connect Core §2)
 * @throws AppError `unauthenticated` where they were disabled meanwhile
 */
export async function signedInAs(
  { id, sessionVersion }: Member,
  method: SignInMethod,
  authTime?: number,
): Promise<SessionUser> {
  const now = Math.floor(Date.now() / 1000)
  const { caller } = await authenticateMember({ memberId: id, sessionVersion })
  const { ip, userAgent, traceId } = originOf(await headers())
  await forOrg(caller.home, async (tx) => {
    await noteSignInIn(tx, caller, method)
    await appendAudit(tx, caller.home, {
      action: 'member.signed_in',
      outcome: 'allowed',
      actor: actorOf(caller),
      ip,
      user_agent: userAgent,
      trace_id: traceId,
      details: { method },
    })
  })
  // Nobody signs in ahead of time, whatever another's clock says.
  return { id, sessionVersion, authTime: Math.min(authTime ?? now, now) }
}
