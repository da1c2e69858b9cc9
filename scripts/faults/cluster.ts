// The harness's own Postgres: the real server with its durability on, crashed and started again as a scenario asks.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client, type QueryResultRow } from 'pg'
import { isAlive, readOr } from '../lock.ts'
import { migrate } from '../migrate.ts'
import { startPostgres } from '../postgres.ts'

const database = 'behalf_faults'

export type Cluster = Awaited<ReturnType<typeof startCluster>>

/** Starts it on an empty folder, migrated. */
export async function startCluster(dataDir: string) {
  // Each process may hold twenty, and those of a killed one are noticed late.
  const options = { dataDir, connectionsMax: 300 }
  let postgres = await startPostgres(options)
  const adminUrl = await postgres.adminUrl(database)
  const url = postgres.runtimeUrl(database)
  await migrate({ adminUrl, runtimeUrl: url })

  const postmaster = (): number => {
    const home = readOr(join(dataDir, 'postgres-location'), '').trim() || dataDir
    return Number(readFileSync(join(home, 'postgres/postmaster.pid'), 'utf8').split('\n', 1)[0])
  }

  const urlOf = (name: string, of = adminUrl): string => {
    const named = new URL(of)
    named.pathname = `/${name}`
    return named.href
  }

  async function withClient<T>(name: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: urlOf(name) })
    // A server that is crashed on purpose takes our connection with it; the statement in hand says so itself.
    client.on('error', () => {})
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end().catch(() => {})
    }
  }

  const sqlIn = <Row extends QueryResultRow = QueryResultRow>(
    name: string,
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> => withClient(name, async (client) => (await client.query<Row>(text, values)).rows)

  return {
    url,
    urlOf: (name: string) => urlOf(name, url),
    database,
    logFile: postgres.logFile,

    /** One statement as the superuser, whom no policy and no grant holds back. @returns its rows */
    sql: <Row extends QueryResultRow = QueryResultRow>(text: string, values: unknown[] = []) =>
      sqlIn<Row>(database, text, values),
    sqlIn,

    /** A transaction that has run this and does not end. @returns what ends it */
    async hold(text: string): Promise<() => Promise<void>> {
      const client = new Client({ connectionString: urlOf(database) })
      client.on('error', () => {})
      await client.connect()
      await client.query(`BEGIN; ${text}`)
      return () => client.end()
    },

    /** One statement with triggers and foreign keys off. @returns how many rows it touched */
    tamper: (text: string, values: unknown[] = []) =>
      withClient(database, async (client) => {
        await client.query('SET session_replication_role = replica')
        return (await client.query(text, values)).rowCount ?? 0
      }),

    /** Ends the server as a power cut would, short of the disk: `pg_ctl stop -m immediate`. */
    async crash(): Promise<void> {
      const pid = postmaster()
      process.kill(pid, 'SIGQUIT')
      while (isAlive(pid)) await wait(5)
    },

    /** Starts it again on the same port; ready when this resolves. */
    async start(): Promise<void> {
      postgres = await startPostgres(options)
    },

    stop: () => postgres.stop(),
  }
}
