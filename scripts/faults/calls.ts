// What became of tool calls: the product's rows and its audit beside what the provider has.
import type { Bed } from './bed.ts'
import type { Account, CallTold } from './commands.ts'
import type { Product } from './product.ts'
import type { Zeros } from './scenario.ts'

/** Everything that the provider has of this person, by title. */
export async function tasksAt(bed: Bed, user = 'ana'): Promise<Map<string, number>> {
  const [grant] = await bed.provider.mint(1, user)
  const found = new Map<string, number>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const url = `${bed.provider.url}/api/tasks?limit=100${cursor && `&cursor=${cursor}`}`
    const response = await fetch(url, { headers: { authorization: `Bearer ${grant?.access_token}` } })
    const page = (await response.json()) as { tasks: { title: string }[]; next_cursor: string | null }
    for (const { title } of page.tasks) found.set(title, (found.get(title) ?? 0) + 1)
    cursor = page.next_cursor
  }
  return found
}

/** No provider that keeps us away by itself. */
export const atEase = { rate_limit_per_minute: 1_000_000 }

/** The requests of the API that the provider has in its newest two hundred. */
export const apiRequests = async (bed: Bed, method?: string) =>
  (await bed.provider.state()).last_requests.filter(
    (request) => request.path.startsWith('/api/') && (method === undefined || request.method === method),
  )

export const warm = (product: Product, account: Account): Promise<CallTold[]> =>
  product.ask('calls', { calls: [{ account: account.id, tool: 'sandbox.list_tasks' }], workers: 1 })

/** Lets minutes go by for what is still running, or not known, of an org: it is nobody's any more. */
const age = async (bed: Bed, org: string) => {
  for (const table of ['executions', 'idempotency_keys'])
    await bed.cluster.tamper(
      `UPDATE ${table} e SET created_at = e.created_at - interval '5 minutes' FROM organizations o
       WHERE o.id = e.org_id AND o.external_id = $1 AND e.status = 'running'`,
      [org],
    )
}

/** The sweep as the worker does it each minute, until it finds nothing more that it could close. */
export async function sweepAll(
  bed: Bed,
  product: Product,
  org: string,
  lookedUp: readonly string[],
): Promise<void> {
  await age(bed, org)
  for (;;) {
    await bed.cluster.tamper(
      `UPDATE executions e SET reconcile_after = now() - interval '1 second' FROM organizations o
       WHERE o.id = e.org_id AND o.external_id = $1 AND e.status = 'unknown'`,
      [org],
    )
    await product.ask('sweep', {})
    const [left] = await bed.cluster.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM executions e JOIN organizations o ON o.id = e.org_id
       WHERE o.external_id = $1 AND (e.status = 'running'
         OR e.status = 'unknown' AND e.tool_name = ANY ($2::text[]) AND e.reconcile_tries < 6)`,
      [org, lookedUp],
    )
    if (!left?.n) return
  }
}

export type CallBooks = {
  calls: number
  /** By their state. */
  states: Record<string, number>
  /** Events of calls that were made. */
  audited: number
  /** Calls that have none, or more than one. */
  wrong: number
  /** Calls that were found out more than once. */
  foundTwice: number
  /** Of each call how it ended, by its public id. */
  ends: Map<string, string>
}

export async function callBooks(bed: Bed, org: string): Promise<CallBooks> {
  const rows = await bed.cluster.sql<{ id: string; status: string; events: number; found: number }>(
    `WITH mine AS (SELECT id FROM organizations WHERE external_id = $1),
     told AS (SELECT a.details ->> 'execution_id' AS execution,
         count(*) FILTER (WHERE a.action = 'tool.executed')::int AS events,
         count(*) FILTER (WHERE a.action = 'execution.reconciled')::int AS found
       FROM audit_events a JOIN mine ON mine.id = a.org_id WHERE a.details ? 'execution_id' GROUP BY 1)
     SELECT 'ex_' || replace(e.id::text, '-', '') AS id, e.status, coalesce(told.events, 0) AS events,
       coalesce(told.found, 0) AS found
     FROM executions e JOIN mine ON mine.id = e.org_id
       LEFT JOIN told ON told.execution = 'ex_' || replace(e.id::text, '-', '')`,
    [org],
  )
  const states: Record<string, number> = {}
  for (const { status } of rows) states[status] = (states[status] ?? 0) + 1
  return {
    calls: rows.length,
    states,
    audited: rows.reduce((sum, { events }) => sum + events, 0),
    wrong: rows.filter(({ events }) => events !== 1).length,
    foundTwice: rows.filter(({ found }) => found > 1).length,
    ends: new Map(rows.map(({ id, status }) => [id, status])),
  }
}

/** A write, and what its caller was told; `null` where the process died before it said anything. */
export type Write = { title: string; told: CallTold | null }

/** What must be zero of writes that were told of, once the sweep has been: whatever was said of each is so. */
export function untruths(
  writes: readonly Write[],
  there: ReadonlyMap<string, number>,
  { ends, ...books }: CallBooks,
): Zeros {
  const isThere = ({ title }: Write) => there.has(title)
  const endOf = ({ told }: Write) => ends.get(told?.execution ?? '')
  const told = writes.filter(({ told: answer }) => answer !== null)
  const acknowledged = told.filter((write) => write.told?.outcome === 'succeeded')
  const refused = told.filter((write) => write.told?.outcome !== 'succeeded' && !write.told?.unknown)
  return {
    'duplicate effects': writes.reduce((sum, { title }) => sum + Math.max(0, (there.get(title) ?? 0) - 1), 0),
    'acknowledged writes lost': acknowledged.filter((write) => !isThere(write)).length,
    'refused and made all the same': refused.filter(isThere).length,
    'closed otherwise than it was': told.filter((write) => {
      const end = endOf(write)
      return (end === 'succeeded' && !isThere(write)) || (end === 'failed' && isThere(write))
    }).length,
    'calls − audit rows': books.calls - books.audited,
    'calls not audited once': books.wrong,
    'found out twice': books.foundTwice,
    'left open': books.states.running ?? 0,
  }
}
