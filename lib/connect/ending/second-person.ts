// Two people for a revocation of everything, or of most: one asks, another approves, and only then anything is stopped.
import { appendAudit, type Origin, originFields } from '#lib/audit'
import { revocableIds, scopeRulesOf, shownOf } from '#lib/console'
import { forOrg, isUniqueViolation, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf, isSamePerson, type MemberPerson, memberPerson, peopleWhoMay } from '#lib/identity'
import { permits } from '#lib/identity/schema'
import { deploymentOrgId, newId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { Deps } from '../context.ts'
import type { Revocation, RevocationInput } from '../schema.ts'
import { type Closer, revokeMany } from './mass-revocation.ts'
import { coversAll, type RevocationRequest, requestHours, rowsOfRequest } from './request-schema.ts'
import { type KeptBy, type Row, requestIn, statusOf, view } from './revocation-requests.ts'
import { readyToTell } from './tell-approvers.ts'

type Admin = Caller & { kind: 'admin' }

const forbidden = (detail: string) => new AppError('forbidden', { detail })

/** The member behind a caller, as far as they may revoke at this moment. @throws AppError `forbidden` */
async function person(tenant: Tenant, caller: Admin): Promise<MemberPerson> {
  const found = await memberPerson(tenant, caller.home.orgId, caller.memberId)
  if (!found || !permits(found.role, 'revocations.manage')) throw forbidden('You may not revoke here.')
  return found
}

const kept = ({ id, home, email }: MemberPerson): KeptBy & Prisma.InputJsonObject => ({
  ...{ type: 'member', id },
  ...{ home, email },
})

/** Whoever could approve what this caller asks for. */
export async function otherApprovers(tenant: Tenant, caller: Admin): Promise<MemberPerson[]> {
  const own = await person(tenant, caller)
  const people = await peopleWhoMay(tenant, 'revocations.manage')
  return people.filter((other) => !isSamePerson(own, other))
}

type Asked = {
  filter: Prisma.InputJsonObject
  reason: string
  accounts: number | null
  stopId: string | null
  picked?: readonly string[]
}

/** Two picks of as many accounts are two requests. */
const keptFilter = ({ filter, picked }: Asked): Prisma.InputJsonObject =>
  picked === undefined ? filter : { ...filter, picked: shownOf(picked) }

/**
 * Asks for a revocation that takes two people. Nothing is stopped by it. Whoever could approve is written to, where mail
 * is set up.
 * @param asked.filter kept as it is, and what is approved is that; `accounts` is how many matched, and `picked` which, by
 *   their internal ids, where somebody picked them
 * @throws AppError `forbidden`; `conflict` where the same is asked for already
 */
export async function askForRevocation(
  tenant: Tenant,
  caller: Admin,
  asked: Asked,
  origin: Origin,
): Promise<RevocationRequest> {
  const own = await person(tenant, caller)
  const id = newId()
  const tell = await readyToTell(tenant, await otherApprovers(tenant, caller))
  try {
    return await forOrg(tenant, async (tx) => {
      await expireRevocationRequestsIn(tx, tenant)
      const { reason, accounts } = asked
      const about = { id: publicId('revocation_request', id), by: own.email, reason, accounts }
      const mailed = await tell(tx, about)
      await tx.$executeRaw`
        INSERT INTO revocation_requests (org_id, id, filter, reason, accounts, account_ids, stop_id, requested_by,
          expires_at, mailed)
        VALUES (${tenant.orgId}::uuid, ${id}::uuid, ${JSON.stringify(keptFilter(asked))}::jsonb, ${asked.reason},
          ${asked.accounts}::int, ${asked.picked === undefined ? null : [...asked.picked]}::uuid[],
          ${asked.stopId}::uuid, ${JSON.stringify(kept(own))}::jsonb,
          now() + make_interval(hours => ${requestHours}::int), ${mailed}::int)`
      const row = await requestIn(tx, tenant, id)
      await auditIn(tx, tenant, row, 'requested', actorOf(caller), origin)
      return view(row)
    })
  } catch (thrown) {
    if (!isUniqueViolation(thrown)) throw thrown
    throw new AppError('conflict', {
      detail: 'The same was asked for already, and waits for a second person.',
    })
  }
}

/** @throws AppError `conflict` for one that is not waiting any more */
function assertWaiting(row: Row): void {
  if (statusOf(row) === 'pending') return
  throw new AppError('conflict', { detail: `This request is ${statusOf(row)} already; it stays so.` })
}

/** Two people, both of whom may: @throws AppError `forbidden` */
async function assertSecond(tenant: Tenant, own: MemberPerson, row: Row): Promise<void> {
  const by = row.requested_by as KeptBy
  const first = await memberPerson(tenant, by.home, by.id)
  if (by.id === own.id || (first && isSamePerson(first, own)))
    throw forbidden('Nobody approves what they asked for themselves: it takes a second person.')
  if (!first || !permits(first.role, 'revocations.manage'))
    throw forbidden('Whoever asked may not revoke any more. Deny this, and ask for it yourself.')
}

type Words = Pick<RevocationInput, 'connector' | 'user_id' | 'all'> & { status?: string; picked?: string }

/** What was asked for, as `revokeMany` takes it: the wire's filter, and what the console says beside it. */
async function whatWasAsked(
  deps: Deps,
  tenant: Tenant,
  row: Row,
  shown: string | undefined,
): Promise<{ filter: Omit<RevocationInput, 'reason'>; closer: Closer }> {
  const { status, connector, user_id, all, picked: _, ...narrower } = row.filter as Words
  const everywhere = tenant.orgId === deploymentOrgId
  const filter = {
    ...(connector !== undefined && { connector }),
    ...(user_id !== undefined && { user_id }),
    ...(all !== undefined && { all }),
    ...(!everywhere && { org_id: tenant.externalId }),
  }
  const closer = status === undefined ? {} : { status }
  if (everywhere || coversAll(row.filter as Words)) return { filter, closer }
  if (shown === undefined)
    throw new AppError('invalid_request', { detail: 'Say what was shown: this is not everything.' })
  const ids = await revocableIds(tenant, rowsOfRequest(view(row)), scopeRulesOf(deps.connectors))
  return { filter, closer: { ...closer, among: { ids, told: narrower as Prisma.InputJsonObject }, shown } }
}

/**
 * The second person's yes: revokes what was asked for, in the transaction that uses the request up. Everything is what
 * is connected by then; anything less is what they were shown.
 * @param shown what that was (`shownOf`)
 * @throws AppError `not_found`; `forbidden` for whoever asked, and where they may not any more; `conflict` when it is
 *   over, and where other accounts match by now than were shown
 */
export async function approveRevocation(
  deps: Deps,
  tenant: Tenant,
  caller: Admin,
  id: string,
  origin: Origin,
  shown?: string,
): Promise<{ batch_id: string; data: Revocation[] }> {
  const own = await person(tenant, caller)
  const before = await forOrg(tenant, (tx) => requestIn(tx, tenant, id))
  assertWaiting(before)
  await assertSecond(tenant, own, before)
  const { filter, closer } = await whatWasAsked(deps, tenant, before, shown)
  const recordIn = async (tx: Tx, revocation: string) => {
    const row = await requestIn(tx, tenant, id, true)
    assertWaiting(row)
    await endIn(tx, tenant, row, { status: 'approved', by: own, revocation }, actorOf(caller), origin)
  }
  const details = {
    request_id: publicId('revocation_request', id),
    requested_by: publicId('member', (before.requested_by as KeptBy).id),
    approved_by: publicId('member', own.id),
  }
  const asked = { ...filter, reason: before.reason }
  return revokeMany(deps, caller, asked, origin, { ...closer, approved: true, details, recordIn })
}

/** Says no, for good. Whoever asked withdraws instead. @throws AppError as `approveRevocation` */
export async function denyRevocation(
  tenant: Tenant,
  caller: Admin,
  id: string,
  note: string | null,
  origin: Origin,
): Promise<void> {
  const own = await person(tenant, caller)
  await forOrg(tenant, async (tx) => {
    const row = await requestIn(tx, tenant, id, true)
    assertWaiting(row)
    if ((row.requested_by as KeptBy).id === own.id)
      throw forbidden('Withdraw it: only somebody else can deny what you asked for.')
    await endIn(tx, tenant, row, { status: 'denied', by: own, note }, actorOf(caller), origin)
  })
}

/** Takes back what one asked for oneself. @throws AppError `not_found`, `forbidden`, `conflict` */
export async function withdrawRevocation(
  tenant: Tenant,
  caller: Admin,
  id: string,
  origin: Origin,
): Promise<void> {
  const own = await person(tenant, caller)
  await forOrg(tenant, async (tx) => {
    const row = await requestIn(tx, tenant, id, true)
    assertWaiting(row)
    if ((row.requested_by as KeptBy).id !== own.id)
      throw forbidden('Only whoever asked may withdraw. Somebody else can deny.')
    await endIn(tx, tenant, row, { status: 'withdrawn' }, actorOf(caller), origin)
  })
}

/** Marks what nobody decided in time. */
export async function expireRevocationRequestsIn(tx: Tx, tenant: Tenant): Promise<void> {
  const over = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM revocation_requests
    WHERE org_id = ${tenant.orgId}::uuid AND status = 'pending' AND expires_at <= now() FOR UPDATE SKIP LOCKED`
  for (const { id } of over) {
    const row = await requestIn(tx, tenant, id)
    await endIn(tx, tenant, row, { status: 'expired' }, { type: 'system', id: 'sweep' }, null)
  }
}

type End = {
  status: Exclude<RevocationRequest['status'], 'pending'>
  by?: MemberPerson
  note?: string | null
  revocation?: string
}

async function endIn(
  tx: Tx,
  tenant: Tenant,
  row: Row,
  { status, by, note = null, revocation }: End,
  actor: { type: string; id: string },
  origin: Origin | null,
): Promise<void> {
  await tx.$executeRaw`UPDATE revocation_requests SET status = ${status}, note = ${note}, ended_at = now(),
      decided_by = ${by === undefined ? null : JSON.stringify(kept(by))}::jsonb,
      revocation_id = ${revocation ?? null}::uuid
    WHERE org_id = ${tenant.orgId}::uuid AND id = ${row.id}::uuid`
  await auditIn(tx, tenant, row, status, actor, origin, {
    ...(by && { decided_by: publicId('member', by.id) }),
    ...(note !== null && { note }),
    ...(revocation !== undefined && { revocation_id: publicId('revocation', revocation) }),
  })
}

/** Both people stand in it, whoever of them it is that acts. */
const auditIn = (
  tx: Tx,
  tenant: Tenant,
  row: Row,
  what: 'requested' | End['status'],
  actor: { type: string; id: string },
  origin: Origin | null,
  more: Readonly<Record<string, string>> = {},
) =>
  appendAudit(tx, tenant, {
    action: `revocation.${what}`,
    outcome: what === 'denied' || what === 'expired' ? 'denied' : 'allowed',
    actor,
    details: {
      request_id: publicId('revocation_request', row.id),
      requested_by: publicId('member', (row.requested_by as KeptBy).id),
      filter: JSON.stringify(row.filter),
      reason: row.reason,
      ...(row.accounts !== null && { accounts: row.accounts }),
      ...(row.stop_id !== null && { stop_id: publicId('stop', row.stop_id) }),
      ...more,
    },
    ...(origin && originFields(origin)),
  })
