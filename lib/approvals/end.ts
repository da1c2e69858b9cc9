import type { Origin } from '#lib/audit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { enqueueIn } from '#lib/jobs'
import type { Caller, Tenant } from '#lib/proof'
import { sealLed } from '#lib/vault'
import { isRequester, outputBinding } from './call.ts'
import { approvalsIn, getApprovalIn, statusOf, viewIn } from './read.ts'
import { recordIn } from './record.ts'
import type { Approval } from './schema.ts'

const batch = 100
const sweeper = { type: 'system', id: 'sweep' }

/** How long whoever asked can fetch what the call answered, and how much of it is kept, in bytes of JSON. */
const outputHours = 24
const outputBytesMax = 1_048_576

/** How long the call itself is kept, as inputs of executions are. */
const retentionDays = 30

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

/** Marks what nobody decided, or nobody executed, in time. @returns how many */
export async function expireIn(tx: Tx, tenant: Tenant): Promise<number> {
  const over = await tx.$queryRaw<{ id: string }[]>`
    UPDATE approvals SET status = 'expired', finished_at = now() WHERE (org_id, id) IN (
      SELECT org_id, id FROM approvals WHERE org_id = ${tenant.orgId}::uuid
        AND status IN ('pending', 'approved') AND expires_at <= now() LIMIT ${batch} FOR UPDATE SKIP LOCKED)
    RETURNING id`
  for (const row of over.length === 0 ? [] : await approvalsIn(tx, tenant, idsOf(over)))
    await recordIn(tx, tenant, row, 'expired', { actor: sweeper, origin: null })
  return over.length
}

/**
 * Whoever asked takes it back, as long as it is not being executed.
 * @throws AppError `not_found`; `forbidden` for anybody else; `conflict` when it is over or under way
 */
export const withdrawApproval = (
  tenant: Tenant,
  caller: Caller,
  id: string,
  origin: Origin,
): Promise<Approval> =>
  forOrg(tenant, async (tx) => {
    const before = await getApprovalIn(tx, tenant, id)
    if (!isRequester(caller, before)) {
      throw new AppError('forbidden', { detail: 'Only whoever asked may withdraw. An approver can deny.' })
    }
    const done = await tx.$executeRaw`UPDATE approvals SET status = 'withdrawn', finished_at = now()
      WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status IN ('pending', 'approved')`
    const row = await getApprovalIn(tx, tenant, id)
    if (done !== 1) {
      throw new AppError('conflict', { detail: `This approval is ${statusOf(row)} already; it stays so.` })
    }
    await recordIn(tx, tenant, row, 'withdrawn', { actor: actorOf(caller), origin })
    return viewIn(tx, tenant, row)
  })

/** An approved call that a stage of the pipeline refused: that is final, and nothing was sent. */
export const refuseApproval = (tenant: Tenant, id: string, errorCode: string): Promise<void> =>
  forOrg(tenant, async (tx) => {
    const refused = await tx.$executeRaw`
      UPDATE approvals SET status = 'refused', error_code = ${errorCode}, finished_at = now()
      WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status = 'approved' AND expires_at > now()`
    if (refused !== 1) return
    const row = await getApprovalIn(tx, tenant, id)
    await recordIn(tx, tenant, row, 'refused', { actor: sweeperOf('approvals'), origin: null, errorCode })
  })

const sweeperOf = (id: string) => ({ type: 'system', id })

/** Closes the approvals whose execution has ended, however it did. @returns how many */
async function closeIn(tx: Tx, tenant: Tenant, id: string | null): Promise<number> {
  const closed = await tx.$queryRaw<{ id: string; status: string; error_code: string | null }[]>`
    WITH ended AS (
      SELECT a.org_id, a.id, e.status, e.error_code FROM approvals a
      JOIN executions e ON e.org_id = a.org_id AND e.id = a.execution_id
      WHERE a.org_id = ${tenant.orgId}::uuid AND a.status = 'executing' AND e.status <> 'running'
        AND (${id}::uuid IS NULL OR a.id = ${id}::uuid)
      LIMIT ${batch} FOR UPDATE OF a SKIP LOCKED)
    UPDATE approvals a SET status = 'executed', finished_at = now() FROM ended
    WHERE a.org_id = ended.org_id AND a.id = ended.id RETURNING a.id, ended.status, ended.error_code`
  for (const row of closed.length === 0 ? [] : await approvalsIn(tx, tenant, idsOf(closed))) {
    const execution = closed.find((one) => one.id === row.id)
    const status = execution?.status ?? 'unknown'
    await recordIn(tx, tenant, row, 'executed', {
      actor: sweeperOf('approvals'),
      origin: null,
      outcome: status === 'succeeded' ? 'allowed' : status === 'failed' ? 'failed' : 'unknown',
      errorCode: execution?.error_code ?? null,
      details: {
        execution_id: publicId('execution', row.execution_id ?? ''),
        execution_status: status,
      },
    })
  }
  return closed.length
}

/**
 * Closes an approval whose call has been made, and keeps what it answered for whoever asked.
 * @param output kept for a day where it is no more than a mebibyte of JSON
 */
export async function closeApproval(tenant: Tenant, id: string, output?: unknown): Promise<void> {
  const text = JSON.stringify(output ?? null)
  const kept =
    output !== undefined && Buffer.byteLength(text) <= outputBytesMax
      ? await sealLed(tenant, outputBinding(id), text)
      : null
  await forOrg(tenant, async (tx) => {
    await closeIn(tx, tenant, id)
    if (kept === null) return
    await tx.$executeRaw`UPDATE approvals SET sealed_output = ${kept},
        output_expires_at = now() + make_interval(hours => ${outputHours}::int)
      WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid AND status = 'executed' AND sealed_output IS NULL`
  })
}

/**
 * What time and crashes leave to do: ends what is over, closes what was executed, queues what is approved and has not
 * been, and forgets what need not be kept.
 */
export const sweepApprovals = (tenant: Tenant): Promise<void> =>
  forOrg(tenant, async (tx) => {
    await expireIn(tx, tenant)
    await closeIn(tx, tenant, null)
    const waiting = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM approvals WHERE org_id = ${tenant.orgId}::uuid AND status = 'approved'
        AND decided_at < now() - interval '1 minute' ORDER BY decided_at LIMIT ${batch}`
    for (const { id } of waiting)
      await enqueueIn(tx, tenant, 'execute_approval', { approval_id: id }, { key: `approval/${id}` })
    await tx.$executeRaw`UPDATE approvals SET sealed_output = NULL, output_expires_at = NULL
      WHERE org_id = ${tenant.orgId}::uuid AND sealed_output IS NOT NULL AND output_expires_at <= now()`
    await tx.$executeRaw`UPDATE approvals SET sealed_call = NULL, key_version = NULL
      WHERE org_id = ${tenant.orgId}::uuid AND sealed_call IS NOT NULL
        AND created_at <= now() - make_interval(days => ${retentionDays}::int)
        AND status NOT IN ('pending', 'approved', 'executing')`
  })
