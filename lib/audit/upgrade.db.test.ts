import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { root } from '../../scripts/install.mjs'
import { migrate } from '../../scripts/migrate.ts'
import { useDatabase } from '../../scripts/testing/database.ts'

const migrations = join(root, 'prisma/migrations')
const folder = mkdtempSync(join(tmpdir(), 'behalf-upgrade-'))
const name = `upgrade_${process.pid}`
const { url, adminUrl } = useDatabase()
const at = (base: string, database: string) => {
  const moved = new URL(base)
  moved.pathname = `/${database}`
  return moved.href
}

async function query(text: string, values: unknown[] = [], database = name) {
  const client = new Client({ connectionString: at(adminUrl, database) })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}
afterAll(async () => {
  await query(`DROP DATABASE IF EXISTS ${name}`, [], 'postgres')
  rmSync(folder, { recursive: true, force: true })
})

test('an instance with events from before there were partitions keeps each of them, and goes on in monthly ones', async () => {
  await query(`CREATE DATABASE ${name}`, [], 'postgres')
  const all = readdirSync(migrations).filter((one) => /^\d{4}_/.test(one))
  const urls = { adminUrl: at(adminUrl, name), runtimeUrl: at(url, name) }
  const copy = (some: string[]) => {
    for (const one of some) cpSync(join(migrations, one), join(folder, one), { recursive: true })
  }
  copy(all.filter((one) => one < '0012'))
  await migrate({ ...urls, folder })
  const insert = (sequence: number, age: string) =>
    query(
      `INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, actor, prev_hash, hash)
       VALUES (deployment_org(), $1, now() - $2::interval, gen_random_uuid(), 'test', 'allowed', '{}', '', '')`,
      [sequence, age],
    )
  await insert(1, '400 days')
  await insert(2, '0 days')
  copy(all)
  await migrate({ ...urls, folder })
  await insert(3, '0 days')
  // A month that nobody has made a partition for is no reason to lose an event.
  await insert(4, '-5 years')
  const rows = await query(
    `SELECT sequence::int, tableoid::regclass::text AS partition FROM audit_events ORDER BY sequence`,
  )
  const [first] = rows
  expect(first?.partition).toMatch(/^audit_events_before_\d{4}_\d{2}$/)
  expect(rows).toEqual([
    { sequence: 1, partition: first?.partition },
    { sequence: 2, partition: first?.partition },
    { sequence: 3, partition: first?.partition },
    { sequence: 4, partition: 'audit_events_default' },
  ])
  for (const partition of [first?.partition, 'audit_events_default'])
    await expect(query(`DELETE FROM ${partition}`)).rejects.toThrow(/append-only/)
})
