// The SQL that the documentation tells operators to run, on a server of its own: roles belong to the whole server.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './install.mjs'
import { migrate, pendingMigrations } from './migrate.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { throwawayFolder } from './testing/throwaway.ts'

let dataDir: string
let postgres: Postgres
let superuser: URL

beforeAll(async () => {
  dataDir = throwawayFolder('behalf-docs-test-')
  postgres = await startPostgres({ dataDir, throwaway: true })
  superuser = new URL(await postgres.adminUrl('postgres'))
})
afterAll(async () => {
  await postgres.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

function block(page: string, name: string): string {
  const found = new RegExp(`^\`\`\`sql ${name}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(
    readFileSync(join(root, page), 'utf8'),
  )
  if (!found?.[1]) throw new Error(`${page} has no block "sql ${name}"`)
  return found[1]
}

const urlOf = (user: string, password: string) =>
  Object.assign(new URL(superuser), { username: user, password, pathname: '/behalf' }).href

async function query(url: string, ...statements: string[]) {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    let last: unknown[] = []
    for (const statement of statements) last = (await client.query(statement)).rows
    return last
  } finally {
    await client.end()
  }
}

/** One at a time: a database cannot be made inside the transaction that several statements share. */
const statementsOf = (sql: string) => sql.split(/;\n/).filter((statement) => statement.trim() !== '')

test('the two logins of the README migrate and serve, the owner being no superuser', async () => {
  await query(superuser.href, ...statementsOf(block('README.md', 'two-logins')))
  const adminUrl = urlOf('behalf_owner', 'a long password')
  const runtimeUrl = urlOf('behalf_app', 'another long password')
  const { applied } = await migrate({ adminUrl, runtimeUrl })
  expect(applied.length).toBeGreaterThan(0)
  expect(await pendingMigrations(runtimeUrl)).toEqual([])
  expect(await query(runtimeUrl, 'SELECT id FROM organizations')).toEqual([])
  expect(await migrate({ adminUrl, runtimeUrl })).toEqual({ applied: [] })
})

test('the backup login reads everything, which the owner may not', async () => {
  await query(superuser.href, ...statementsOf(block('docs/operations.md', 'backup-login')))
  // What pg_dump does before it reads a table.
  const dump = ['SET row_security = off', 'SELECT external_id FROM organizations']
  const backupUrl = urlOf('behalf_backup', 'a third long password')
  expect(await query(backupUrl, ...dump)).toEqual([{ external_id: '#deployment' }])
  await query(backupUrl, 'SET row_security = off', 'SELECT * FROM keyring.org_keys')
  await expect(query(urlOf('behalf_owner', 'a long password'), ...dump)).rejects.toThrow(
    'row-level security policy',
  )
})
