import { forOrg, type Tx, whereStatus } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { withOpened, withOpenedLed } from '#lib/vault'
import { callBinding, outputBinding, requesterOf, type SealedCall } from './call.ts'
import { type Approval, type ApprovalFilter, type ApprovalStatus, vote } from './schema.ts'

const include = {
  user: { select: { external_id: true, email: true, iss: true, sub: true } },
  votes: { orderBy: { id: 'asc' as const } },
}

type Bare = Awaited<ReturnType<Tx['approvals']['findFirstOrThrow']>>
type Vote = Awaited<ReturnType<Tx['approval_votes']['findFirstOrThrow']>>
export type Row = Bare & {
  user: { external_id: string; email: string | null; iss: string | null; sub: string | null }
  votes: Vote[]
}

/** @throws AppError `not_found` */
export async function getApprovalIn(tx: Tx, tenant: Tenant, id: string): Promise<Row> {
  const row = await tx.approvals.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } }, include })
  if (!row) throw new AppError('not_found')
  return row
}

export const approvalsIn = (tx: Tx, tenant: Tenant, ids: readonly string[]): Promise<Row[]> =>
  tx.approvals.findMany({
    where: { org_id: tenant.orgId, id: { in: [...ids] } },
    orderBy: { id: 'asc' },
    include,
  })

/** Its time may be over without anybody having marked it yet. */
export function statusOf(row: Pick<Bare, 'status' | 'expires_at'>): ApprovalStatus {
  const open = row.status === 'pending' || row.status === 'approved'
  return open && row.expires_at <= new Date() ? 'expired' : (row.status as ApprovalStatus)
}

type Execution = { id: string; status: string; error_code: string | null }

const executionsOf = async (tx: Tx, tenant: Tenant, rows: readonly Bare[]): Promise<Execution[]> => {
  const ids = rows.flatMap(({ execution_id }) => execution_id ?? [])
  if (ids.length === 0) return []
  return tx.executions.findMany({
    where: { org_id: tenant.orgId, id: { in: ids } },
    select: { id: true, status: true, error_code: true },
  })
}

function view(tenant: Tenant, row: Row, executions: readonly Execution[]): Approval {
  const { engine, policy_ids, reason } = row.decision as Approval['policy']
  const execution = executions.find(({ id }) => id === row.execution_id)
  return {
    id: publicId('approval', row.id),
    org_id: tenant.externalId,
    user_id: row.user.external_id,
    connected_account_id: publicId('connected_account', row.account_id),
    connector: row.connector,
    tool_name: row.tool_name,
    effect: row.effect as Approval['effect'],
    requested_by: requesterOf(row),
    policy: { engine, policy_ids, reason },
    status: statusOf(row),
    quorum: row.quorum,
    votes: row.votes.map(({ approves, decided_by, note, created_at }) => ({
      approves,
      decided_by: vote.shape.decided_by.parse(decided_by),
      reason: note,
      decided_at: created_at.toISOString(),
    })),
    execution_id: row.execution_id && publicId('execution', row.execution_id),
    execution_status: (execution?.status ?? null) as Approval['execution_status'],
    error_code: row.error_code ?? execution?.error_code ?? null,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
  }
}

export const viewIn = async (tx: Tx, tenant: Tenant, row: Row): Promise<Approval> =>
  view(tenant, row, await executionsOf(tx, tenant, [row]))

/** A page of an org's approvals, newest first, without what they say; `before` is the internal id of the last seen. */
export const listApprovals = (
  tenant: Tenant,
  filter: ApprovalFilter,
  before: string | null,
  most: number,
): Promise<Approval[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.approvals.findMany({
      where: {
        org_id: tenant.orgId,
        ...(before !== null && { id: { lt: before } }),
        ...(filter.tool_name !== undefined && { tool_name: filter.tool_name }),
        ...(filter.user_id !== undefined && { user: { external_id: filter.user_id, deleted_at: null } }),
        ...whereStatus(filter.status),
      },
      orderBy: { id: 'desc' },
      take: most,
      include,
    })
    const executions = await executionsOf(tx, tenant, rows)
    return rows.map((row) => view(tenant, row, executions))
  })

/** The call itself; `null` when it is not kept any more. */
export async function openCall(tenant: Tenant, row: Bare): Promise<SealedCall | null> {
  const { sealed_call: sealed, key_version: keyVersion } = row
  if (sealed === null || keyVersion === null) return null
  return withOpened(tenant, callBinding(row.id), { sealed, keyVersion }, async (plaintext) =>
    JSON.parse(plaintext.toString()),
  )
}

/** What the call answered; `null` when it is not kept, or not any more. */
export async function openOutput(tenant: Tenant, row: Bare): Promise<unknown> {
  if (row.sealed_output === null || row.output_expires_at === null || row.output_expires_at <= new Date())
    return null
  return withOpenedLed(tenant, outputBinding(row.id), row.sealed_output, async (plaintext) =>
    JSON.parse(plaintext.toString()),
  )
}
