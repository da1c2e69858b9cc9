import type { Origin } from '#lib/audit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { newId } from '#lib/ids'
import { enqueueIn } from '#lib/jobs'
import type { Caller, Tenant } from '#lib/proof'
import { orgHmacOf } from '#lib/vault'
import { isRequester, mayApprove } from './call.ts'
import { answersForIn, marksOf, memberIn, memberOf, type Person, samePerson, userIn } from './people.ts'
import { getApprovalIn, type Row, statusOf, viewIn } from './read.ts'
import { auditIn, recordIn } from './record.ts'
import type { Approval } from './schema.ts'

/** `decidedBy` is the external id of the person that a key speaks for. */
export type Answer = { approves: boolean; note: string | null; decidedBy: string | null }

/** A yes comes with at least so much time to make the call. */
const graceSeconds = 600

/**
 * What one approver says. One no is final; with as many yeses as the policy asks for, the call is queued in the same
 * transaction. Nobody decides what they asked for, what an agent of theirs asked for, or what is done on their own behalf,
 * and nobody counts twice.
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
  const hmac = await orgHmacOf(tenant)
  return forOrg(tenant, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM approvals WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid FOR UPDATE`
    const row = await getApprovalIn(tx, tenant, id)
    const person = await personIn(tx, tenant, answer, member)
    await assertMayDecideIn(tx, tenant, caller, row, person)
    await assertOpenIn(tx, tenant, row)
    await voteIn(tx, tenant, caller, row, answer, person ? marksOf(person, hmac) : [])
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

/** Who decides, where that is a person: a key that names nobody speaks for itself. */
async function personIn(
  tx: Tx,
  tenant: Tenant,
  { decidedBy }: Answer,
  member: Awaited<ReturnType<typeof memberOf>>,
): Promise<Person | null> {
  if (decidedBy !== null) return userIn(tx, tenant, decidedBy)
  return member && memberIn(tx, tenant, member)
}

async function assertMayDecideIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  row: Row,
  person: Person | null,
): Promise<void> {
  if (isRequester(caller, row)) throw forbidden('Nobody may decide what they asked for themselves.')
  if (person === null) return
  if (samePerson(person, await userIn(tx, tenant, row.user.external_id)))
    throw forbidden('Nobody may decide what is done on their own behalf.')
  if (await answersForIn(tx, row, person))
    throw forbidden('Nobody may decide what an agent asked for that they answer for.')
}

/** By the database's clock, which also says when an approval ends. */
async function assertOpenIn(tx: Tx, tenant: Tenant, row: Row): Promise<void> {
  const open = await tx.$queryRaw<unknown[]>`SELECT 1 FROM approvals WHERE org_id = ${tenant.orgId}::uuid
    AND id = ${row.id}::uuid AND status = 'pending' AND expires_at > now()`
  if (open.length === 1) return
  const status = row.status === 'pending' ? 'expired' : statusOf(row)
  throw new AppError('conflict', { detail: `This approval is ${status} already; it stays so.` })
}

/** As what somebody said is kept; `marks` are of the person, where it was one. */
type DecidedBy = { type: string; id: string; user_id: string | null; marks?: string[] }

/** The row of the approval is held, so that of two who say something at once the second finds what the first said. */
async function voteIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  row: Row,
  { approves, note, decidedBy }: Answer,
  marks: string[],
): Promise<void> {
  const { type, id } = actorOf(caller)
  const again = row.votes
    .map((vote) => vote.decided_by as DecidedBy)
    .some((before) => {
      if (before.marks?.some((mark) => marks.includes(mark))) return true
      // A key that speaks for itself may mean any of the people that it names.
      const own = before.type === type && before.id === id
      return own && (decidedBy === null || before.user_id === null)
    })
  if (again) throw new AppError('conflict', { detail: 'This approver has decided already.' })
  const decided: DecidedBy = { type, id, user_id: decidedBy, marks }
  const approver = decidedBy === null ? `${type}:${id}` : `user:${decidedBy}`
  await tx.$executeRaw`
    INSERT INTO approval_votes (org_id, id, approval_id, approver, approves, decided_by, note)
    VALUES (${tenant.orgId}::uuid, ${newId()}::uuid, ${row.id}::uuid, ${approver}, ${approves},
      ${JSON.stringify(decided)}::jsonb, ${note?.trim() || null})`
}
