import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { MemberRole } from '../roles.ts'
import { type Row, rowIn, view } from './rows.ts'
import type { ConsoleMember, MemberInput } from './schema.ts'
import { endMemberSessionsIn } from './sessions.ts'

/** What a member of each role may do that a key with these roles may; a key makes none that may more than itself. */
const keyRolesOf: Readonly<Record<MemberRole, readonly string[]>> = {
  owner: ['connect', 'execute', 'read', 'manage', 'approve'],
  security_admin: ['read', 'manage', 'approve'],
  connector_manager: ['read', 'manage'],
  approver: ['read', 'approve'],
  auditor: ['read'],
  developer: ['execute', 'read', 'manage'],
  support: ['read'],
}

/**
 * Refuses to let a key give somebody a role that reaches further than the key (THREATS.md K4). Of members, owners alone
 * come here: `members.manage` is theirs.
 * @throws AppError `forbidden`
 */
export function assertMayGiveRole(caller: Caller, role: MemberRole): void {
  const own = caller.kind === 'key' ? caller.roles : []
  const lacks = keyRolesOf[role].filter((one) => !own.includes(one))
  if (own.length === 0 || lacks.length === 0) return
  throw new AppError('forbidden', {
    detail: `A member with the role "${role}" may do more than this key, which lacks ${lacks.join(', ')}.`,
  })
}

const isSelf = (caller: Caller, id: string) => caller.kind === 'admin' && caller.memberId === id

/** Changes of an org's members come one after the other, so that of two owners not both go. */
async function oneAtATimeIn(tx: Tx, tenant: Tenant): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${tenant.orgId}::uuid FOR NO KEY UPDATE`
}

/** @throws AppError `conflict` for the last owner in force: nobody could make another */
async function assertOwnerStaysIn(tx: Tx, tenant: Tenant, row: Row): Promise<void> {
  if (row.role !== 'owner' || row.disabled_at !== null) return
  const others = await tx.members.count({
    where: { org_id: tenant.orgId, role: 'owner', disabled_at: null, id: { not: row.id } },
  })
  if (others === 0)
    throw new AppError('conflict', { detail: 'This is the last owner. Make somebody else an owner first.' })
}

/**
 * Makes somebody a member. They sign in by a link, or by what the org has set up.
 * @throws AppError `conflict` where a member has the address, a disabled one too: that one is to be enabled
 */
export async function inviteMemberIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  { email, name, role }: MemberInput,
): Promise<ConsoleMember> {
  assertMayGiveRole(caller, role)
  await oneAtATimeIn(tx, tenant)
  const taken = await tx.members.findFirst({
    where: { org_id: tenant.orgId, email: { equals: email, mode: 'insensitive' } },
  })
  if (taken)
    throw new AppError('conflict', {
      detail: taken.disabled_at
        ? 'A disabled member has this address. Enable them.'
        : 'This is a member already.',
    })
  const row = await tx.members.create({
    data: { org_id: tenant.orgId, id: newId(), email: email.toLowerCase(), name: name ?? null, role },
  })
  return view(tenant, row)
}

/**
 * Gives a member another role and ends their sessions.
 * @returns the member and the role before; `null` where they had it already
 * @throws AppError `not_found`; `forbidden` for one's own role; `conflict` for the last owner's
 */
export async function changeRoleIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  id: string,
  role: MemberRole,
): Promise<{ member: ConsoleMember; before: string | null }> {
  if (isSelf(caller, id)) throw new AppError('forbidden', { detail: 'Nobody changes their own role.' })
  assertMayGiveRole(caller, role)
  await oneAtATimeIn(tx, tenant)
  const row = await rowIn(tx, tenant, id)
  if (row.role === role) return { member: view(tenant, row), before: null }
  await assertOwnerStaysIn(tx, tenant, row)
  const changed = await tx.members.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: { role, role_by: 'hand', session_version: { increment: 1 } },
  })
  return { member: view(tenant, changed), before: row.role }
}

/**
 * Disables a member: their sessions end and their links are void. Or enables one again.
 * @returns the member, and whether anything changed
 * @throws AppError `not_found`; `forbidden` for oneself; `conflict` for the last owner, and where another has the
 *   address by now
 */
export async function setMemberDisabledIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  id: string,
  disabled: boolean,
): Promise<{ member: ConsoleMember; changed: boolean }> {
  if (isSelf(caller, id)) throw new AppError('forbidden', { detail: 'Nobody disables themselves.' })
  await oneAtATimeIn(tx, tenant)
  const row = await rowIn(tx, tenant, id)
  if ((row.disabled_at !== null) === disabled) return { member: view(tenant, row), changed: false }
  if (disabled) await assertOwnerStaysIn(tx, tenant, row)
  else await assertMayReturnIn(tx, tenant, caller, row)
  const changed = await tx.members.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: {
      disabled_at: disabled ? new Date() : null,
      // From now on it is a person's word, which no group undoes.
      disabled_why: null,
      session_version: { increment: 1 },
    },
  })
  // One that lies in a mailbox must not wait there for the day when they are enabled again.
  await endLinksIn(tx, tenant, id)
  return { member: view(tenant, changed), changed: true }
}

async function assertMayReturnIn(tx: Tx, tenant: Tenant, caller: Caller, row: Row): Promise<void> {
  assertMayGiveRole(caller, view(tenant, row).role)
  const other = await tx.members.findFirst({
    where: { org_id: tenant.orgId, email: { equals: row.email, mode: 'insensitive' }, disabled_at: null },
  })
  if (other) throw new AppError('conflict', { detail: 'Another member has this address by now.' })
}

const endLinksIn = (tx: Tx, tenant: Tenant, memberId: string) =>
  tx.sign_in_links.updateMany({
    where: { org_id: tenant.orgId, member_id: memberId, used_at: null },
    data: { expires_at: new Date() },
  })

/** Ends a member's sessions and links, wherever they are. @throws AppError `not_found` */
export async function endSessionsAndLinksIn(tx: Tx, tenant: Tenant, id: string): Promise<ConsoleMember> {
  await endMemberSessionsIn(tx, tenant, id)
  await endLinksIn(tx, tenant, id)
  return view(tenant, await rowIn(tx, tenant, id))
}

export const getMember = (tenant: Tenant, id: string): Promise<ConsoleMember> =>
  forOrg(tenant, async (tx) => view(tenant, await rowIn(tx, tenant, id)))

/** Members of an org, or the deployment's operators; the newest first. */
export const listMembers = (tenant: Tenant, before: string | null, most: number): Promise<ConsoleMember[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, ...(before && { id: { lt: before } }) }
    const rows = await tx.members.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => view(tenant, row))
  })
