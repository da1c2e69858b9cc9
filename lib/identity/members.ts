import { forOrg, lookupObject, lookupSignInLink, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, newId, newToken, sha256 } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'

const linkSeconds = 15 * 60

export type Member = { id: string; email: string; role: string; sessionVersion: number }

type Row = Awaited<ReturnType<Tx['members']['findFirstOrThrow']>>

const view = (row: Row): Member => ({
  id: row.id,
  email: row.email,
  role: row.role,
  sessionVersion: row.session_version,
})

/**
 * A sign-in link for a member, made if there is none by that address: good for 15 minutes and one use.
 * @returns the token for the link's fragment; only its digest is stored
 */
export async function issueSignInLinkIn(
  tx: Tx,
  tenant: Tenant,
  email: string,
  role: string,
): Promise<string> {
  const member =
    (await tx.members.findFirst({ where: { org_id: tenant.orgId, email, disabled_at: null } })) ??
    (await tx.members.create({ data: { org_id: tenant.orgId, id: newId(), email, role } }))
  const token = newToken('al')
  await tx.sign_in_links.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      member_id: member.id,
      token_hash: sha256(token),
      expires_at: new Date(Date.now() + linkSeconds * 1000),
    },
  })
  return token
}

/** The member behind a sign-in link, which is used up by this; `null` when it is unknown, used or too old. */
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
    const row = await tx.members.findFirst({
      where: { org_id: tenant.orgId, id: memberId, disabled_at: null },
    })
    return row && view(row)
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
  return { caller, member: view(row) }
}

/** Ends every console session of a member, wherever its cookies are. */
export async function endMemberSessions(caller: Caller & { kind: 'admin' }): Promise<void> {
  const { home, memberId } = caller
  await forOrg(home, (tx) =>
    tx.members.update({
      where: { org_id_id: { org_id: home.orgId, id: memberId } },
      data: { session_version: { increment: 1 } },
    }),
  )
}
