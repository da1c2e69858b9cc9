import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate, pendingMigrations } from './migrate.ts'
import { useDatabase } from './testing/database.ts'

const { adminUrl: base, url: appUrl } = useDatabase()
let adminUrl: string
let runtimeUrl: string
let folder: string
let count = 0

async function query<Row extends object>(sql: string, url = adminUrl): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

function write(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, name, 'migration.sql'), sql)
}

const run = () => migrate({ adminUrl, runtimeUrl, folder, afterMigrate: join(folder, 'after.sql') })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'behalf-migrate-test-'))
  const name = `${new URL(base).pathname.slice(1)}_${++count}`
  await query(`CREATE DATABASE ${name}`, base)
  adminUrl = Object.assign(new URL(base), { pathname: name }).href
  runtimeUrl = Object.assign(new URL(appUrl), { pathname: name }).href
  write('0001_first', 'CREATE TABLE first (id int)')
  write('0002_second', 'CREATE TABLE second (id int); INSERT INTO first VALUES (1)')
})

afterEach(async () => {
  rmSync(folder, { recursive: true })
  await query(`DROP DATABASE ${new URL(adminUrl).pathname.slice(1)} WITH (FORCE)`, base)
})

test('applies migrations in order and records them in the form Prisma reads', async () => {
  expect(await run()).toEqual({ applied: ['0001_first', '0002_second'] })
  expect(
    await query(
      'SELECT migration_name, applied_steps_count, length(checksum) AS length, finished_at IS NOT NULL AS done FROM _prisma_migrations ORDER BY 1',
    ),
  ).toEqual([
    { migration_name: '0001_first', applied_steps_count: 1, length: 64, done: true },
    { migration_name: '0002_second', applied_steps_count: 1, length: 64, done: true },
  ])
})

test('applies nothing twice, though four processes start at once', async () => {
  const results = await Promise.all([run(), run(), run(), run()])
  expect(results.flatMap(({ applied }) => applied).sort()).toEqual(['0001_first', '0002_second'])
  expect(await query('SELECT id FROM first')).toEqual([{ id: 1 }])
})

test('refuses to go on when an applied migration was changed, and names it', async () => {
  await run()
  write('0001_first', 'CREATE TABLE first (id bigint)')
  write('0003_third', 'CREATE TABLE third (id int)')
  await expect(run()).rejects.toThrow(/migration 0001_first was changed/)
  expect(await query("SELECT to_regclass('third') AS third")).toEqual([{ third: null }])
})

test('leaves nothing of a migration that fails', async () => {
  write('0003_broken', 'CREATE TABLE third (id int); SELECT 1/0')
  await expect(run()).rejects.toThrow(/migration 0003_broken failed and was rolled back: division by zero/)
  expect(await query("SELECT to_regclass('third') AS third, to_regclass('second')::text AS second")).toEqual([
    { third: null, second: 'second' },
  ])
})

test('the application can see by itself that nothing is pending', async () => {
  expect(await pendingMigrations(runtimeUrl, folder)).toEqual(['0001_first', '0002_second'])
  await run()
  expect(await pendingMigrations(runtimeUrl, folder)).toEqual([])
})

const harmful = {
  'is a superuser': 'ALTER ROLE $login SUPERUSER',
  'has BYPASSRLS': 'ALTER ROLE $login BYPASSRLS',
  'has CREATEROLE': 'ALTER ROLE $login CREATEROLE',
  'owns the table first': 'ALTER TABLE first OWNER TO $login',
  'may become postgres': 'GRANT postgres TO $login',
}

test.for(Object.entries(harmful))('refuses an application login that %s', async ([fault, sql]) => {
  const login = `harm_${count}_${process.pid}`
  runtimeUrl = Object.assign(new URL(runtimeUrl), { username: login, password: 'a-password' }).href
  await run()
  await query(sql.replace('$login', login))
  try {
    await expect(run()).rejects.toThrow(fault)
    await expect(pendingMigrations(runtimeUrl, folder)).rejects.toThrow(fault)
  } finally {
    await query(`ALTER TABLE first OWNER TO postgres; DROP OWNED BY ${login}; DROP ROLE ${login}`)
  }
})

test("refuses the owner's login as the application's", async () => {
  runtimeUrl = adminUrl
  await expect(run()).rejects.toThrow(/give the application a login of its own/)
})
