import type { Origin } from '#lib/audit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { newId } from '#lib/ids'
import { enqueueIn } from '#lib/jobs'
import type { Caller, Tenant } from '#lib/proof'
import { isRequester, mayApprove } from './call.ts'
import { getApprovalIn, type Row, statusOf, viewIn } from './read.ts'
import { auditIn, recordIn } from './record.ts'
import type { Approval } from './schema.ts'

/** `decidedBy` is the external id of the person that a key speaks for. */
export type Answer = { approves: boolean; note: string | null; decidedBy: string | null }

/** A yes comes with at least so much time to make the call. */
const graceSeconds = 600

/**
 * What one approver says. One no is final; with as many yeses as the policy asks for, the call is queued in the same
 * transaction. Nobody decides what they asked for, or what is done on their own behalf, and nobody counts twice.
 * @throws AppError `not_found`; `forbidden` for whoever asked; `conflict` when it is decided already, has run out, or
 *   this approver has spoken
 */
export async function decideApproval(
  tenant: Tenant,
  caller: Caller,
  id: string,
  answer: Answer,
  origin: Origin,
): Promise<Approval> {
  if (!mayApprove(caller))
    throw forbidden('This needs a key with the role "approve", or a member who may decide.')
  const member = caller.kind === 'admin' ? await memberOf(caller) : null
  return forOrg(tenant, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM approvals WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid FOR UPDATE`
    const row = await getApprovalIn(tx, tenant, id)
    assertMayDecide(caller, row, answer, member)
    await assertOpenIn(tx, tenant, row)
    await voteIn(tx, tenant, caller, row, answer, member)
    const yes = row.votes.filter(({ approves }) => approves).length + 1
    const actor = actorOf(caller)
    const details = { quorum: row.quorum, approvals: answer.approves ? yes : yes - 1 }
    const said = { actor, origin, details: { ...details, decided_by: answer.decidedBy } }
    if (answer.approves && yes < row.quorum) {
      await auditIn(tx, tenant, row, 'approved', said)
      return viewIn(tx, tenant, await getApprovalIn(tx, tenant, id))
    }
    await tx.$executeRaw`UPDATE approvals SET status = ${answer.approves ? 'approved' : 'denied'}, decided_at = now(),
        finished_at = CASE WHEN ${answer.approves} THEN NULL ELSE now() END,
        expires_at = CASE WHEN ${answer.approves} THEN
          greatest(expires_at, now() + make_interval(secs => ${graceSeconds}::int)) ELSE expires_at END
      WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid`
    const decided = await getApprovalIn(tx, tenant, id)
    await recordIn(tx, tenant, decided, answer.approves ? 'approved' : 'denied', said)
    if (answer.approves)
      await enqueueIn(tx, tenant, 'execute_approval', { approval_id: id }, { key: `approval/${id}` })
    return viewIn(tx, tenant, decided)
  })
}

const forbidden = (detail: string) => new AppError('forbidden', { detail })

type Person = { email: string | null; iss: string | null; sub: string | null }

/** Who a member of the console is, an operator of the deployment included. */
const memberOf = (caller: Caller & { kind: 'admin' }): Promise<Person | null> =>
  forOrg(caller.home, (tx) =>
    tx.members.findUnique({
      where: { org_id_id: { org_id: caller.home.orgId, id: caller.memberId } },
      select: { email: true, iss: true, sub: true },
    }),
  )

/** Whether a member is an end user: by what an identity provider says, or by address. */
function isSamePerson(member: Person | null, user: Person): boolean {
  if (!member) return false
  const sameSubject = member.sub !== null && member.sub === user.sub && member.iss === user.iss
  return sameSubject || (member.email !== null && member.email.toLowerCase() === user.email?.toLowerCase())
}

function assertMayDecide(caller: Caller, row: Row, { decidedBy }: Answer, member: Person | null): void {
  if (isRequester(caller, row)) throw forbidden('Nobody may decide what they asked for themselves.')
  if (decidedBy === row.user.external_id || isSamePerson(member, row.user))
    throw forbidden('Nobody may decide what is done on their own behalf.')
}

/** By the database's clock, which also says when an approval ends. */
async function assertOpenIn(tx: Tx, tenant: Tenant, row: Row): Promise<void> {
  const open = await tx.$queryRaw<unknown[]>`SELECT 1 FROM approvals WHERE org_id = ${tenant.orgId}::uuid
    AND id = ${row.id}::uuid AND status = 'pending' AND expires_at > now()`
  if (open.length === 1) return
  const status = row.status === 'pending' ? 'expired' : statusOf(row)
  throw new AppError('conflict', { detail: `This approval is ${status} already; it stays so.` })
}

async function voteIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  row: Row,
  { approves, note, decidedBy }: Answer,
  member: Person | null,
): Promise<void> {
  const actor = actorOf(caller)
  const approver = decidedBy === null ? await approverIn(tx, tenant, actor, member) : `user:${decidedBy}`
  const ofKey = row.votes
    .map((vote) => vote.decided_by as { type: string; id: string; user_id: string | null })
    .filter(({ type, id }) => type === actor.type && id === actor.id)
  // A key that once spoke for itself may have meant any of the people that it names.
  if (ofKey.length > 0 && (decidedBy === null || ofKey.some(({ user_id }) => user_id === null)))
    throw new AppError('conflict', { detail: 'This approver has decided already.' })
  const made = await tx.$executeRaw`
    INSERT INTO approval_votes (org_id, id, approval_id, approver, approves, decided_by, note)
    VALUES (${tenant.orgId}::uuid, ${newId()}::uuid, ${row.id}::uuid, ${approver}, ${approves},
      ${JSON.stringify({ type: actor.type, id: actor.id, user_id: decidedBy })}::jsonb, ${note?.trim() || null})
    ON CONFLICT (org_id, approval_id, approver) DO NOTHING`
  if (made !== 1) throw new AppError('conflict', { detail: 'This approver has decided already.' })
}

/** One name for one person: a member who is also an end user of the org counts as that user. */
async function approverIn(
  tx: Tx,
  tenant: Tenant,
  actor: { type: string; id: string },
  member: Person | null,
): Promise<string> {
  if (!member) return `${actor.type}:${actor.id}`
  const [same] = await tx.$queryRaw<{ external_id: string }[]>`
    SELECT external_id FROM end_users WHERE org_id = ${tenant.orgId}::uuid AND deleted_at IS NULL
      AND ((iss = ${member.iss} AND sub = ${member.sub}) OR lower(email) = lower(${member.email}))
    ORDER BY (iss = ${member.iss} AND sub = ${member.sub}) DESC NULLS LAST, id LIMIT 1`
  return same ? `user:${same.external_id}` : `${actor.type}:${actor.id}`
}
