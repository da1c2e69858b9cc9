import type { PoolClient, QueryResultRow } from 'pg'
import type { Tenant } from '#lib/proof'
import { pool, withRetry } from './client.ts'

/** One statement by its name, under which each connection prepares it once. */
export type Statement = { readonly name: string; readonly text: string }

/** Runs a statement in the transaction. @returns its rows */
export type Sql = <Row extends QueryResultRow>(
  statement: Statement,
  values: readonly unknown[],
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
  return (await withRetry(() => pool().query<Row>(query))).rows
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
  return withRetry(async () => {
    const client = await pool().connect()
    let broken: Error | undefined
    try {
      // One round trip; the simple protocol takes no parameters, and an id of ours is nothing but hexadecimal digits.
      const pass = gate === undefined ? '' : '; SELECT pass_stop_gate()'
      await client.query(`BEGIN; SET LOCAL app.org_id = '${uuid(tenant.orgId)}'${pass}`)
      const result = await work((statement, values) => run(client, statement, values))
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch((cause: Error) => {
        broken = cause
      })
      throw error
    } finally {
      client.release(broken)
    }
  })
}

async function run<Row extends QueryResultRow>(
  client: PoolClient,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  return (await client.query<Row>({ name, text, values: [...values] })).rows
}

function uuid(text: string): string {
  if (!/^[0-9a-f-]{36}$/.test(text)) throw new Error('not an id of an organization')
  return text
}
