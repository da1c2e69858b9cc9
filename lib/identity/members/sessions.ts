import { forOrg, lookupObject, lookupSignInLink, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, sha256 } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { requiresSsoIn } from '../single-sign-on/rules.ts'
import { type Member, memberOf, type SignInMethod } from './rows.ts'

/**
 * The member behind a sign-in link, which is used up by this; `null` when it is unknown, used or too old.
 * @throws AppError `forbidden` where the org requires single sign-on: the link stays good for joining that
 */
export async function redeemSignInLink(token: string): Promise<Member | null> {
  const found = token.length > 200 ? null : await lookupSignInLink(sha256(token))
  if (!found) return null
  const { tenant, id, memberId } = found
  return forOrg(tenant, async (tx) => {
    const used = await tx.sign_in_links.updateMany({
      where: { org_id: tenant.orgId, id, used_at: null, expires_at: { gt: new Date() } },
      data: { used_at: new Date() },
    })
    if (used.count !== 1) return null
    if (await requiresSsoIn(tx, tenant)) {
      const { break_glass } = await tx.sign_in_links.findUniqueOrThrow({
        where: { org_id_id: { org_id: tenant.orgId, id } },
      })
      if (!break_glass)
        throw new AppError('forbidden', { detail: 'This organization requires single sign-on.' })
    }
    const row = await tx.members.findFirst({
      where: { org_id: tenant.orgId, id: memberId, disabled_at: null },
    })
    return row && memberOf(row)
  })
}

/**
 * The admin behind a console session, checked against the row on every request: a copied cookie dies with the
 * member's session version (THREATS.md K3).
 * @throws AppError `unauthenticated`
 */
export async function authenticateMember(session: {
  memberId: string
  sessionVersion: number
}): Promise<{ caller: Caller & { kind: 'admin' }; member: Member }> {
  const home = await lookupObject('member', session.memberId)
  const where = { id: session.memberId, session_version: session.sessionVersion, disabled_at: null }
  const row =
    home && (await forOrg(home, (tx) => tx.members.findFirst({ where: { org_id: home.orgId, ...where } })))
  if (!row) throw new AppError('unauthenticated', { detail: 'Sign in again.' })
  const reach = home.orgId === deploymentOrgId ? null : home
  const caller = { kind: 'admin', memberId: row.id, home, reach, role: row.role } as Caller & {
    kind: 'admin'
  }
  return { caller, member: memberOf(row) }
}

/** Notes that a member has signed in, and how. */
export async function noteSignInIn(
  tx: Tx,
  { home, memberId }: Caller & { kind: 'admin' },
  method: SignInMethod,
): Promise<void> {
  await tx.members.update({
    where: { org_id_id: { org_id: home.orgId, id: memberId } },
    data: { last_signed_in_at: new Date(), last_sign_in_method: method },
  })
}

/** Ends every console session of a member, wherever its cookies are; a link that was not used yet stays good. */
export async function endMemberSessionsIn(tx: Tx, tenant: Tenant, id: string): Promise<void> {
  const { count } = await tx.members.updateMany({
    where: { org_id: tenant.orgId, id },
    data: { session_version: { increment: 1 } },
  })
  if (count !== 1) throw new AppError('not_found')
}
