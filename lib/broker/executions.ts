import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { Execution } from './schema.ts'

type Row = NonNullable<Awaited<ReturnType<Tx['executions']['findFirst']>>>

const executionView = (tenant: Tenant, row: Row, userExternalId: string): Execution => ({
  id: publicId('execution', row.id),
  org_id: tenant.externalId,
  user_id: userExternalId,
  connected_account_id: publicId('connected_account', row.account_id),
  connection_id: publicId('connection', row.connection_id),
  tool_name: row.tool_name,
  effect: row.effect as Execution['effect'],
  actor: { type: row.actor_type, id: row.actor_id },
  actors: row.actors,
  status: row.status as Execution['status'],
  error_code: row.error_code,
  duration_ms: row.duration_ms,
  context: row.context as Execution['context'],
  // Until the call is over only its direction is known.
  file:
    row.finished_at && row.file && Object.hasOwn(row.file as object, 'complete')
      ? (row.file as Execution['file'])
      : null,
  trace_id: row.trace_id,
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})

export type ExecutionFilter = {
  user_id?: string | undefined
  account_id?: string | undefined
  tool_name?: string | undefined
  status?: string | undefined
  own?: Own | undefined
}

/** For whoever sees their own executions alone: those of an agent, on behalf of one user where it acts for one. */
export type Own = { agentId: string; userId: string | null }

/** What of the executions a caller may see: an agent what it called itself, for whom it called it. */
export const ownOf = (caller: Caller): Own | undefined =>
  caller.kind === 'agent' ? { agentId: caller.agentId, userId: caller.userId } : undefined

const isOwn = (own: Own | undefined) =>
  own ? { agent_id: own.agentId, ...(own.userId !== null && { user_id: own.userId }) } : {}

async function withUsers(tx: Tx, tenant: Tenant, rows: Row[]): Promise<Execution[]> {
  const ids = [...new Set(rows.map((row) => row.user_id))]
  const users = await tx.end_users.findMany({ where: { org_id: tenant.orgId, id: { in: ids } } })
  const names = new Map(users.map((user) => [user.id, user.external_id]))
  return rows.map((row) => executionView(tenant, row, names.get(row.user_id) ?? ''))
}

/** A page of an org's executions, newest first; `before` is the internal id of the last one seen. */
export const listExecutions = (
  tenant: Tenant,
  filter: ExecutionFilter,
  before: string | null,
  most: number,
): Promise<Execution[]> =>
  forOrg(tenant, async (tx) => {
    const { user_id, account_id, tool_name, status, own } = filter
    const user =
      user_id === undefined
        ? undefined
        : await tx.end_users.findFirst({
            where: { org_id: tenant.orgId, external_id: user_id, deleted_at: null },
          })
    if (user === null) return []
    const rows = await tx.executions.findMany({
      where: {
        org_id: tenant.orgId,
        ...(user && { user_id: user.id }),
        AND: isOwn(own),
        ...(account_id !== undefined && { account_id }),
        ...(tool_name !== undefined && { tool_name }),
        ...(status !== undefined && { status }),
        ...(before !== null && { id: { lt: before } }),
      },
      orderBy: { id: 'desc' },
      take: most,
    })
    return withUsers(tx, tenant, rows)
  })

/** @throws AppError `not_found` */
export const getExecution = (tenant: Tenant, id: string, own?: Own): Promise<Execution> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.executions.findUnique({
      where: { org_id_id: { org_id: tenant.orgId, id }, ...isOwn(own) },
    })
    const [execution] = row ? await withUsers(tx, tenant, [row]) : []
    if (!execution) throw new AppError('not_found')
    return execution
  })
