import type { Socket } from 'node:net'
import type { PoolClient, QueryResult, QueryResultRow } from 'pg'
import type { Tenant } from '#lib/proof'
import { hotPool, withRetry } from './client.ts'

/** One statement by its name, under which each connection prepares it once. */
export type Statement = { readonly name: string; readonly text: string }

/**
 * Runs a statement in the transaction; those that are not waited for in turn go out together. With `last` the COMMIT goes
 * out behind it: nothing may follow, and what `work` throws after it undoes nothing.
 * @returns its rows, with `last` once they are committed
 */
export type Sql = <Row extends QueryResultRow>(
  statement: Statement,
  values: readonly unknown[],
  options?: { last: boolean },
) => Promise<Row[]>

/**
 * One read as one round trip: the statement sets the organization's context itself, for its own transaction, which is
 * itself. It reads as `WITH ctx, <text>`, with the organization as `$1` and `ctx.org`. What it reads must hang on
 * `ctx.org` from left to right (`LATERAL … LIMIT 1`, or a subquery that names it): then it runs after the context is
 * set, and what ran before could see nothing.
 * @throws AppError `unavailable` when the database cannot be reached
 */
export async function readForOrg<Row extends QueryResultRow>(
  tenant: Tenant,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const query = { name, text: inContext + text, values: [tenant.orgId, ...values] }
  return (await withRetry(() => hotPool().query<Row>(query))).rows
}

const inContext = `WITH ctx AS MATERIALIZED (SELECT set_config('app.org_id', $1, true)::uuid AS org), `

/**
 * As `forOrg`, with prepared statements in place of the ORM: for the few paths that run for every token or call.
 * @param gate passed before the first statement, so that it already sees whatever was placed while the gate was shut
 * @throws AppError `unavailable` when the database cannot be reached; whether an open COMMIT took effect is then unknown
 */
export function sqlForOrg<T>(
  tenant: Tenant,
  work: (sql: Sql) => Promise<T>,
  { gate }: { gate?: 'stops' } = {},
): Promise<T> {
  return withRetry(async (committing) => {
    const client = await hotPool().connect()
    let broken: Error | undefined
    // One round trip; the simple protocol takes no parameters, and an id of ours is nothing but hexadecimal digits.
    const pass = gate === undefined ? '' : '; SELECT pass_stop_gate()'
    // The first statement follows at once, and the server refuses it where this has failed.
    const begun = send(client, `BEGIN; SET LOCAL app.org_id = '${uuid(tenant.orgId)}'${pass}`)
    let committed: Promise<void> | null = null
    const end = () => {
      committing()
      return commit(client)
    }
    try {
      const result = await work(async (statement, values, options) => {
        const rows = run(client, statement, values)
        if (!options?.last) return rows as never
        committed = end()
        return (await Promise.all([rows, committed]))[0] as never
      })
      await Promise.all([begun, committed ?? end()])
      return result
    } catch (error) {
      // What the statements after it say is that the transaction has failed already.
      const reason = await begun.then(
        () => error,
        (cause: unknown) => cause,
      )
      await client.query('ROLLBACK').catch((cause: Error) => {
        broken = cause
      })
      throw reason
    } finally {
      client.release(broken)
    }
  })
}

async function run(
  client: PoolClient,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<QueryResultRow[]> {
  return (await send(client, { name, text, values: [...values] })).rows
}

/** What is sent in one turn of the loop goes out in one piece: a write costs more than what it writes. */
function send(
  client: PoolClient,
  query: string | { name: string; text: string; values: unknown[] },
): Promise<QueryResult> {
  const { stream } = (client as PoolClient & { connection: { stream: Socket } }).connection
  stream.cork()
  process.nextTick(() => stream.uncork())
  return client.query(query)
}

/** A failed transaction answers COMMIT with ROLLBACK, and calls that no error. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await send(client, 'COMMIT')
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back')
}

function uuid(text: string): string {
  if (!/^[0-9a-f-]{36}$/.test(text)) throw new Error('not an id of an organization')
  return text
}
