'use server'

import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { appendAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { actorOf, endMemberSessionsIn } from '#lib/identity'
import { originOf } from '#runtime'
import { endedSessionCookie } from '../../api/auth/options.ts'
import { signedIn } from './session.ts'

/** Ends the member's sessions everywhere, so that a copy of the cookie is worth nothing (THREATS.md K3). */
export async function signOut(): Promise<never> {
  const admin = await signedIn()
  if (admin) {
    const { caller } = admin
    const { ip, userAgent, traceId } = originOf(await headers())
    await forOrg(caller.home, async (tx) => {
      await endMemberSessionsIn(tx, caller.home, caller.memberId)
      await appendAudit(tx, caller.home, {
        action: 'member.signed_out',
        outcome: 'allowed',
        actor: actorOf(caller),
        ip,
        user_agent: userAgent,
        trace_id: traceId,
      })
    })
  }
  const jar = await cookies()
  jar.set(endedSessionCookie())
  redirect('/console/sign-in')
}
