import { isUniqueViolation, type Tx } from '#lib/db'
import { newId, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Identity } from './answer.ts'
import { roleOf } from './connections.ts'
import { domainOf, ownsDomainIn } from './domains.ts'
import type { SsoFlow } from './flow.ts'
import { SignInRefused } from './refused.ts'
import type { SsoConnection } from './schema.ts'

type Row = Awaited<ReturnType<Tx['members']['findFirstOrThrow']>>

/** What a sign-in changed, for the audit. */
export type Change = {
  action:
    | 'member.created'
    | 'member.role_changed'
    | 'member.enabled'
    | 'member.disabled'
    | 'member.sso_joined'
  details: Readonly<Record<string, string>>
}

/** `refused` comes with changes that stay: whoever has lost all groups is put out, not only turned away. */
export type Admitted = { member: Row; changes: readonly Change[]; refused?: SignInRefused }

const whereOf = (row: Row) => ({ org_id_id: { org_id: row.org_id, id: row.id } })

/**
 * The member whom an identity is, in the org of the connection and in no other. The key is issuer and subject: an address
 * never finds anybody, it only stands in the way where somebody else has it (THREATS.md K2).
 * @throws SignInRefused
 */
export async function admitIn(
  tx: Tx,
  tenant: Tenant,
  connection: SsoConnection,
  identity: Identity,
  { purpose, startedAt }: Pick<SsoFlow, 'purpose' | 'startedAt'>,
): Promise<Admitted> {
  // Two sign-ins of one person at once make one member.
  await tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${tenant.orgId}::uuid FOR NO KEY UPDATE`
  switch (purpose.kind) {
    case 'sign_in':
      return signInIn(tx, tenant, connection, identity)
    case 'step_up':
      return stepUpIn(tx, tenant, connection, identity, purpose.memberId, startedAt)
    case 'join':
      return joinIn(tx, tenant, identity, await activeIn(tx, tenant, purpose.memberId))
    case 'invitation':
      return joinIn(tx, tenant, identity, await invitedIn(tx, tenant, purpose.token))
  }
}

const withKey = (tx: Tx, tenant: Tenant, { iss, sub }: Identity): Promise<Row[]> =>
  tx.members.findMany({ where: { org_id: tenant.orgId, iss, sub }, orderBy: { id: 'desc' } })

async function signInIn(
  tx: Tx,
  tenant: Tenant,
  connection: SsoConnection,
  identity: Identity,
): Promise<Admitted> {
  const rows = await withKey(tx, tenant, identity)
  const active = rows.find(({ disabled_at }) => disabled_at === null)
  if (active) return followGroupsIn(tx, connection, identity, active)
  const out = rows.find(({ disabled_why }) => disabled_why === 'groups')
  if (out) return returnIn(tx, connection, identity, out)
  if (rows.length > 0) throw new SignInRefused('removed')
  return createIn(tx, tenant, connection, identity)
}

async function followGroupsIn(
  tx: Tx,
  connection: SsoConnection,
  identity: Identity,
  row: Row,
): Promise<Admitted> {
  if (row.role_by !== 'groups') return { member: row, changes: [] }
  const role = roleOf(connection.roleBindings, identity.groups)
  if (role === null) {
    const member = await tx.members.update({
      where: whereOf(row),
      data: { disabled_at: new Date(), disabled_why: 'groups', session_version: { increment: 1 } },
    })
    const changes = [{ action: 'member.disabled', details: { by: 'groups' } }] as const
    return { member, changes, refused: new SignInRefused('no_role', 'groups_lost') }
  }
  if (role === row.role) return { member: row, changes: [] }
  const member = await tx.members.update({
    where: whereOf(row),
    data: { role, session_version: { increment: 1 } },
  })
  const details = { from: row.role, to: role, by: 'groups' }
  return { member, changes: [{ action: 'member.role_changed', details }] }
}

/** Somebody whom the groups had put out, and whose groups are back. */
async function returnIn(tx: Tx, connection: SsoConnection, identity: Identity, row: Row): Promise<Admitted> {
  const role = roleOf(connection.roleBindings, identity.groups)
  if (role === null) throw new SignInRefused('no_role')
  await assertAddressFreeIn(tx, row.org_id, row.email, row.id)
  const member = await tx.members.update({
    where: whereOf(row),
    data: { role, disabled_at: null, disabled_why: null, session_version: { increment: 1 } },
  })
  return { member, changes: [{ action: 'member.enabled', details: { role, by: 'groups' } }] }
}

async function assertAddressFreeIn(tx: Tx, orgId: string, email: string, but?: string): Promise<void> {
  const [taken] = await tx.members.findMany({
    where: {
      org_id: orgId,
      email: { equals: email, mode: 'insensitive' },
      ...(but !== undefined && { id: { not: but }, disabled_at: null }),
    },
    orderBy: { disabled_at: { sort: 'asc', nulls: 'first' } },
    take: 1,
  })
  if (taken) throw new SignInRefused(taken.disabled_at === null ? 'address_taken' : 'removed')
}

/** The address of somebody new: their provider vouches for it, and the org has shown that the domain is its own. */
async function addressIn(tx: Tx, tenant: Tenant, identity: Identity): Promise<string> {
  const { email, emailRefuted, emailVerified } = identity
  const domain = email === null ? null : domainOf(email)
  if (emailRefuted || email === null || domain === null) throw new SignInRefused('email_unverified')
  if (await ownsDomainIn(tx, tenant, domain)) return email
  // The operator's own provider is believed where it says so in so many words; an org's, about its domains alone.
  if (tenant.externalId !== '#deployment') throw new SignInRefused('email_foreign')
  if (!emailVerified) throw new SignInRefused('email_unverified')
  return email
}

async function createIn(
  tx: Tx,
  tenant: Tenant,
  connection: SsoConnection,
  identity: Identity,
): Promise<Admitted> {
  const email = identity.email
  if (email !== null) await assertAddressFreeIn(tx, tenant.orgId, email)
  if (!connection.createsMembers) throw new SignInRefused('not_a_member')
  const role = roleOf(connection.roleBindings, identity.groups)
  if (role === null) throw new SignInRefused('no_role')
  const { iss, sub, name } = identity
  const member = await tx.members.create({
    data: {
      ...{ org_id: tenant.orgId, id: newId(), iss, sub, name, role },
      ...{ email: await addressIn(tx, tenant, identity), role_by: 'groups' },
    },
  })
  return { member, changes: [{ action: 'member.created', details: { role, by: 'sso' } }] }
}

async function activeIn(tx: Tx, tenant: Tenant, id: string): Promise<Row> {
  const row = await tx.members.findFirst({ where: { org_id: tenant.orgId, id, disabled_at: null } })
  if (!row) throw new SignInRefused('removed')
  return row
}

/** Whoever a sign-in link was made for; it is used up by this. */
async function invitedIn(tx: Tx, tenant: Tenant, token: string): Promise<Row> {
  const link = await tx.sign_in_links.findFirst({
    where: { org_id: tenant.orgId, token_hash: sha256(token), used_at: null, expires_at: { gt: new Date() } },
  })
  if (!link) throw new SignInRefused('invitation')
  const { count } = await tx.sign_in_links.updateMany({
    where: { org_id: tenant.orgId, id: link.id, used_at: null },
    data: { used_at: new Date() },
  })
  if (count !== 1) throw new SignInRefused('invitation')
  return activeIn(tx, tenant, link.member_id)
}

/** Joins an account to an identity, by whoever holds both. */
async function joinIn(tx: Tx, tenant: Tenant, identity: Identity, row: Row): Promise<Admitted> {
  const { iss, sub } = identity
  if (row.iss === iss && row.sub === sub) return { member: row, changes: [] }
  if (row.iss !== null) throw new SignInRefused('other_key')
  const others = await withKey(tx, tenant, identity)
  if (others.some(({ disabled_at }) => disabled_at === null)) throw new SignInRefused('key_taken')
  try {
    const member = await tx.members.update({ where: whereOf(row), data: { iss, sub } })
    return { member, changes: [{ action: 'member.sso_joined', details: { iss } }] }
  } catch (error) {
    throw isUniqueViolation(error) ? new SignInRefused('key_taken') : error
  }
}

/** How much a provider's clock may be behind, in seconds. */
const toleranceSeconds = 30

async function stepUpIn(
  tx: Tx,
  tenant: Tenant,
  connection: SsoConnection,
  identity: Identity,
  memberId: string,
  startedAt: number,
): Promise<Admitted> {
  const row = await activeIn(tx, tenant, memberId)
  if (row.iss !== identity.iss || row.sub !== identity.sub) throw new SignInRefused('other_person')
  if (identity.authTime === null || identity.authTime < startedAt - toleranceSeconds)
    throw new SignInRefused('not_fresh')
  return followGroupsIn(tx, connection, identity, row)
}
