// For `.db.test.ts` files: the hand that no grant, policy or trigger holds back, to set a scene or to tamper with it.
import { Client, type QueryResultRow } from 'pg'
import { afterAll } from 'vitest'
import { useDatabase } from './database.ts'

export type Superuser = {
  /** Runs one statement. @returns its rows */
  sql: <Row extends QueryResultRow = QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>
  /** Runs one statement with triggers and foreign keys switched off. @returns how many rows it touched */
  tamper: (text: string, values?: unknown[]) => Promise<number>
}

/** Connects for the whole test file. */
export async function useSuperuser(): Promise<Superuser> {
  const client = new Client({ connectionString: useDatabase().adminUrl })
  await client.connect()
  afterAll(() => client.end())
  return {
    sql: async <Row extends QueryResultRow>(text: string, values: unknown[] = []) =>
      (await client.query<Row>(text, values)).rows,
    tamper: async (text, values = []) => {
      await client.query('SET session_replication_role = replica')
      try {
        return (await client.query(text, values)).rowCount ?? 0
      } finally {
        await client.query('SET session_replication_role = origin')
      }
    },
  }
}
