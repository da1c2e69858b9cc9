// Vitest setup file of the database tests: gives the test file a database of its own and an environment that points
// at it, before the file's imports read their configuration.
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, inject } from 'vitest'

const cluster = inject('cluster')
const name = `test_${process.pid}_${randomBytes(5).toString('hex')}`

function urlOf(base: string, database: string): string {
  const url = new URL(base)
  url.pathname = `/${database}`
  return url.href
}

async function asAdmin(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: urlOf(cluster.adminUrl, 'postgres') })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

await asAdmin((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${cluster.template}`))

process.env.DATABASE_URL = urlOf(cluster.runtimeUrl, name)
process.env.BEHALF_TEST_DATABASE_ADMIN_URL = urlOf(cluster.adminUrl, name)
process.env.BEHALF_MASTER_KEY ??= randomBytes(32).toString('base64')
// Storms of calls on one account are what some tests are about; those of limits set their own.
process.env.BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE ??= 'off'
process.env.BEHALF_SESSION_SECRET ??= randomBytes(32).toString('base64url')

afterAll(async () => {
  await asAdmin(async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name])
    // A file that leaves connections open keeps its database until the whole cluster is deleted.
    if (!rowCount) await client.query(`DROP DATABASE IF EXISTS ${name}`)
  })
})
