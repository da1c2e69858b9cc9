import { appendAudit } from '#lib/audit'
import { forOrg, Prisma, type Tx } from '#lib/db'
import { type Answer, type Kept, keepAnswersIn, sealAnswer } from '#lib/idempotency'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { withOpened } from '#lib/vault'
import { safeguard } from './content/index.ts'
import type { Deps, Executed } from './context.ts'
import { inputBinding } from './intent.ts'
import { type Doubtful, reconcileExecution } from './upstream/index.ts'

const triesMax = 6
/** From the beginning of a call until nothing of it can be on its way any more: its deadline, and a minute. */
const settledSeconds = 90
const batch = 20

type Row = {
  id: string
  account_id: string
  connection_id: string
  tool_name: string
  effect: string
  external_id: string | null
  trace_id: string
  sealed_input: Uint8Array
  key_version: number
  auth_config_org_id: string
  auth_config_id: string
  decision: { masks?: readonly string[] }
}

/**
 * Looks up at their providers what became of calls whose outcome is unknown, where the tool has a way to ask: a few
 * times, each later than before. What is found out closes the execution, with an audit event of its own; the call is
 * never made again.
 * @returns how many were found out
 */
export async function reconcileUnknown(deps: Deps, tenant: Tenant): Promise<number> {
  const tools = Object.values(deps.tools).filter(({ reconcile }) => reconcile !== undefined)
  if (tools.length === 0) return 0
  const names = tools.map(({ name }) => name)
  let found = 0
  for (const row of await forOrg(tenant, (tx) => takeIn(tx, tenant, names))) {
    const doubtful = await opened(deps, tenant, row)
    const became = doubtful && (await reconcileExecution(deps, doubtful))
    if (!became || became.outcome === 'unknown') continue
    const told = became.outcome === 'happened' ? await safely(became.output, doubtful, row) : null
    if (await close(tenant, row, told)) found++
  }
  return found
}

/** Takes what is due, for one sweep alone. */
const takeIn = (tx: Tx, tenant: Tenant, names: readonly string[]): Promise<Row[]> =>
  tx.$queryRaw<Row[]>`
    WITH due AS (
      SELECT e.id FROM executions e WHERE e.org_id = ${tenant.orgId}::uuid AND e.status = 'unknown'
        AND e.reconcile_tries < ${triesMax}
        AND coalesce(e.reconcile_after, e.created_at + make_interval(secs => ${settledSeconds})) <= now()
        AND e.sealed_input IS NOT NULL AND e.tool_name IN (${Prisma.join([...names])})
      ORDER BY e.created_at LIMIT ${batch} FOR UPDATE SKIP LOCKED)
    UPDATE executions e SET reconcile_tries = e.reconcile_tries + 1,
      reconcile_after = now() + make_interval(mins => (4 ^ e.reconcile_tries)::int)
    FROM due, connected_accounts a, end_users u
    WHERE e.org_id = ${tenant.orgId}::uuid AND e.id = due.id AND a.org_id = e.org_id AND a.id = e.account_id
      AND u.org_id = e.org_id AND u.id = e.user_id
    RETURNING e.id, e.account_id, e.connection_id, e.tool_name, e.effect, u.external_id, e.trace_id, e.sealed_input,
      e.key_version, a.auth_config_org_id, a.auth_config_id, e.decision`

async function opened(deps: Deps, tenant: Tenant, row: Row): Promise<Doubtful | null> {
  const tool = deps.tools[row.tool_name]
  const connector = deps.connectors[row.tool_name.slice(0, row.tool_name.indexOf('.'))]
  if (!tool || !connector) return null
  const sealed = { sealed: new Uint8Array(row.sealed_input), keyVersion: row.key_version }
  const text = await withOpened(tenant, inputBinding(row.id), sealed, async (plain) => plain.toString())
  return {
    tenant,
    executionId: row.id,
    accountId: row.account_id,
    connectionId: row.connection_id,
    authConfig: { orgId: row.auth_config_org_id, id: row.auth_config_id },
    connector,
    tool,
    params: JSON.parse(text) as unknown,
  }
}

/** What was found out goes through the same hands as what is answered at once: looked through, and masked as was decided. */
async function safely(output: unknown, doubtful: Doubtful, { decision }: Row): Promise<Told> {
  const { masks = [] } = decision
  const safe = await safeguard({ status: 'succeeded', output, durationMs: 0 }, doubtful, {
    decision: { masks },
  })
  if (safe.status !== 'succeeded') return { output: null }
  return { output: safe.output, ...(safe.content && { content: safe.content }) }
}

type Told = Pick<Executed, 'output' | 'content'>

/** @param told what a call that happened answered; `null` for one that did not happen */
async function close(tenant: Tenant, row: Row, told: Told | null): Promise<boolean> {
  const happened = told !== null
  const executionId = publicId('execution', row.id)
  const answer: Answer = happened
    ? {
        status: 200,
        body: {
          execution_id: executionId,
          status: 'succeeded',
          ...told,
          trace_id: row.trace_id,
          duration_ms: 0,
        },
      }
    : {
        error: {
          code: 'upstream_error',
          facts: {
            detail: 'The call did not reach the provider. It is not made again under this key.',
            execution_id: executionId,
            retryable: false,
          },
        },
        traceId: row.trace_id,
      }
  const keys = await forOrg(tenant, (tx) =>
    tx.idempotency_keys.findMany({
      where: { org_id: tenant.orgId, execution_id: row.id, status: 'running' },
      select: { caller: true, route: true, key: true },
    }),
  )
  const kept: Kept[] = []
  for (const key of keys) kept.push(await sealAnswer(tenant, { ...key, fingerprint: '' }, answer))
  return forOrg(tenant, async (tx) => {
    const closed = await tx.executions.updateMany({
      where: { org_id: tenant.orgId, id: row.id, status: 'unknown' },
      data: { status: happened ? 'succeeded' : 'failed', error_code: happened ? null : 'upstream_error' },
    })
    if (closed.count !== 1) return false
    await keepAnswersIn((statement, values) => tx.$queryRawUnsafe(statement.text, ...values), tenant, kept)
    await appendAudit(tx, tenant, {
      action: 'execution.reconciled',
      outcome: happened ? 'allowed' : 'failed',
      actor: { type: 'system', id: 'sweep' },
      user_id: row.external_id,
      connected_account_id: publicId('connected_account', row.account_id),
      connection_id: publicId('connection', row.connection_id),
      tool_name: row.tool_name,
      error_code: happened ? null : 'upstream_error',
      trace_id: row.trace_id,
      details: { execution_id: executionId, effect: row.effect },
    })
    return true
  })
}
