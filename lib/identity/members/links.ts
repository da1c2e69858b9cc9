import { deployment, forOrg, lookupMembers, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, newToken, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { MemberRole } from '../roles.ts'
import { rowIn } from './rows.ts'

/** How long a sign-in link is good for, in seconds. */
export const signInLinkSeconds = 15 * 60

/** Links that are mailed because somebody asked for them, in an hour: to one member, and asked for from one network. */
export const askedLinksPerHourMax = { member: 5, network: 30 } as const

/**
 * A sign-in link for a member: good for 15 minutes and one use.
 * @param breakGlass whether it opens the console where the org requires single sign-on
 * @returns the token for the link's fragment; only its digest is stored
 * @throws AppError `not_found`; `conflict` for a member who is disabled
 */
export async function issueLinkIn(
  tx: Tx,
  tenant: Tenant,
  memberId: string,
  breakGlass = false,
): Promise<string> {
  const { disabled_at } = await rowIn(tx, tenant, memberId)
  if (disabled_at !== null) throw new AppError('conflict', { detail: 'This member is disabled.' })
  const token = newToken('al')
  await tx.sign_in_links.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      member_id: memberId,
      token_hash: sha256(token),
      expires_at: new Date(Date.now() + signInLinkSeconds * 1000),
      break_glass: breakGlass,
    },
  })
  return token
}

/**
 * The operator's own way in: a sign-in link for whoever has the address, made a member with this role if nobody has.
 * @throws AppError `conflict` for an address whose member is disabled: they would come back by another name
 */
export async function issueSignInLinkIn(
  tx: Tx,
  tenant: Tenant,
  email: string,
  role: MemberRole,
): Promise<string> {
  const found = await tx.members.findFirst({
    where: { org_id: tenant.orgId, email: { equals: email, mode: 'insensitive' } },
    orderBy: { disabled_at: { sort: 'desc', nulls: 'first' } },
  })
  const { id } =
    found ?? (await tx.members.create({ data: { org_id: tenant.orgId, id: newId(), email, role } }))
  return issueLinkIn(tx, tenant, id, true)
}

/** The members, of whichever orgs, that an address may mean. */
export const membersAt = (address: string): Promise<{ tenant: Tenant; memberId: string }[]> =>
  lookupMembers(address)

/** Whether a member who asks for one may be mailed another link yet. Of two at the same moment the second counts the first. */
export async function mayAskForLinkIn(tx: Tx, tenant: Tenant, memberId: string): Promise<boolean> {
  await tx.$queryRaw`SELECT 1 FROM members WHERE org_id = ${tenant.orgId}::uuid AND id = ${memberId}::uuid FOR UPDATE`
  const [counted] = await tx.$queryRaw<{ links: number }[]>`SELECT count(*)::int AS links FROM sign_in_links
    WHERE org_id = ${tenant.orgId}::uuid AND member_id = ${memberId}::uuid AND created_at > now() - interval '1 hour'`
  return counted !== undefined && counted.links < askedLinksPerHourMax.member
}

/**
 * Counts one more who asks for a link without having shown who they are.
 * @param network as `networkOf` writes it; where it is not known all such share one count
 * @throws AppError `rate_limited`
 */
export async function countAskedLink(network: string | null): Promise<void> {
  const [counted] = await forOrg(
    deployment,
    (tx) => tx.$queryRaw<{ tries: number; left: number }[]>`
      INSERT INTO credential_tries AS t (org_id, subject, tries, started_at)
      VALUES (${deployment.orgId}::uuid, ${`console/link/${network ?? 'unknown'}`}, 1, now())
      ON CONFLICT (org_id, subject) DO UPDATE SET
        tries = CASE WHEN t.started_at <= now() - interval '1 hour' THEN 1 ELSE t.tries + 1 END,
        started_at = CASE WHEN t.started_at <= now() - interval '1 hour' THEN now() ELSE t.started_at END
      RETURNING tries, ceil(extract(epoch FROM started_at - now()) + 3600)::int AS left`,
  )
  if (counted && counted.tries <= askedLinksPerHourMax.network) return
  throw new AppError('rate_limited', {
    detail: 'Too many sign-in links were asked for from your network. Try again later.',
    retry_after_seconds: Math.max(1, counted?.left ?? 600),
  })
}
