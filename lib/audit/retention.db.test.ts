import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { disconnect, dropAuditPartitions, forOrg, makeAuditPartitions } from '#lib/db'
import { createEgress } from '#lib/egress'
import { systemCaller } from '#lib/identity'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { signHead } from './checkpoints/sign-heads.ts'
import { appendAudit, hashOf, type Row } from './event.ts'
import { liftHoldIn, listHolds, placeHoldIn, retainAudit } from './retention.ts'
import { rowBatches } from './rows.ts'
import { verifyAudit } from './verify.ts'

const operator = systemCaller('test')
const by = { type: 'key', id: 'key_1' }
const egress = createEgress({ allow: [], default: 'deny' })
const folder = mkdtempSync(join(tmpdir(), 'behalf-retention-'))
process.env.BEHALF_CHECKPOINT_DIR = folder
let superuser: Superuser
let tenant: Tenant
let made = 0
beforeAll(async () => {
  superuser = await useSuperuser()
})
afterAll(async () => {
  await egress.close()
  await disconnect()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  tenant = await ensureOrg(operator, `org-${++made}`, prepareOrgKeys)
})

const append = (n: number, into = tenant) =>
  forOrg(into, async (tx) => {
    for (let at = 0; at < n; at++)
      await appendAudit(tx, into, { action: 'test.done', outcome: 'allowed', actor: by })
  })
async function rowsOf(of = tenant): Promise<Row[]> {
  const all: Row[] = []
  for await (const rows of rowBatches(of, {})) all.push(...rows)
  return all
}
const numbers = async () => (await rowsOf()).map(({ sequence }) => Number(sequence))

/** A chain as it would be had it been written that long ago: time passes for the tests alone. */
async function aged(days: number, n: number, of = tenant): Promise<void> {
  await append(n, of)
  const rows = (await rowsOf(of)).slice(-n)
  let [prev_hash, hash] = [rows[0]?.prev_hash ?? '', '']
  for (const row of rows) {
    const occurred_at = new Date(row.occurred_at.getTime() - days * 86_400_000)
    hash = hashOf({ ...row, occurred_at, prev_hash })
    await superuser.tamper(
      `UPDATE audit_events SET occurred_at = $3, prev_hash = $4, hash = $5 WHERE org_id = $1 AND sequence = $2`,
      [of.orgId, String(row.sequence), occurred_at, prev_hash, hash],
    )
    prev_hash = hash
  }
  await superuser.tamper('UPDATE audit_heads SET hash = $2 WHERE org_id = $1', [of.orgId, hash])
}

test('lets go of what is older than the organization keeps, and what stays is verified from where it begins', async () => {
  await aged(400, 3)
  await aged(10, 2)
  await signHead(egress, tenant)
  expect(await retainAudit(tenant, 365)).toBe(3)
  expect(await numbers()).toEqual([4, 5, 6])
  const [last] = (await rowsOf()).slice(-1)
  expect(last).toMatchObject({
    action: 'audit.retained',
    details: { from: 1, through: 3, events: 3 },
  })
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true, events: 3, from: 4, signed_through: 5 })
  expect(await retainAudit(tenant, 365)).toBe(0)
})

test("an organization's own retention goes before the deployment's, and without either nothing goes", async () => {
  await aged(100, 2)
  await signHead(egress, tenant)
  expect(await retainAudit(tenant, null)).toBe(0)
  await superuser.sql(`UPDATE organizations SET settings = '{"audit_retention_days": 365}' WHERE id = $1`, [
    tenant.orgId,
  ])
  expect(await retainAudit(tenant, 60)).toBe(0)
  await superuser.sql(`UPDATE organizations SET settings = '{"audit_retention_days": 60}' WHERE id = $1`, [
    tenant.orgId,
  ])
  expect(await retainAudit(tenant, null)).toBe(2)
})

test('lets nothing go that no signed head covers', async () => {
  await aged(400, 3)
  expect(await retainAudit(tenant, 365)).toBe(0)
  await signHead(egress, tenant)
  await aged(400, 2)
  expect(await retainAudit(tenant, 365)).toBe(3)
  expect((await numbers())[0]).toBe(4)
})

test('a legal hold keeps everything until the last one is lifted, and stays in the list', async () => {
  await aged(400, 2)
  await signHead(egress, tenant)
  const [first, second] = await forOrg(tenant, async (tx) => [
    await placeHoldIn(tx, tenant, 'Doe v. Acme', by),
    await placeHoldIn(tx, tenant, 'inquiry', by),
  ])
  const lift = (id = '') =>
    forOrg(tenant, (tx) => liftHoldIn(tx, tenant, parseId('legal_hold', id) ?? '', by))
  expect(await retainAudit(tenant, 365)).toBe(0)
  await lift(first?.id)
  expect(await retainAudit(tenant, 365)).toBe(0)
  await lift(second?.id)
  await expect(lift(second?.id)).rejects.toMatchObject({ code: 'conflict' })
  expect(await listHolds(tenant)).toMatchObject([
    { reason: 'inquiry', lifted_by: by },
    { reason: 'Doe v. Acme', lifted_by: by },
  ])
  expect(await retainAudit(tenant, 365)).toBe(2)
})

test('the database itself refuses the application what is young, held, uncovered or not the event it says', async () => {
  await aged(400, 2)
  await append(1)
  const [old, , young] = await rowsOf()
  const retain = (sequence: bigint | undefined, hash: string | undefined) =>
    forOrg(
      tenant,
      (tx) => tx.$queryRaw`SELECT audit_retain(${sequence}::bigint, ${hash}, 'no statement') AS gone`,
    )
  await expect(retain(old?.sequence, old?.hash)).rejects.toThrow(/no signed head/)
  await signHead(egress, tenant)
  await expect(retain(young?.sequence, young?.hash)).rejects.toThrow(/old enough/)
  await expect(retain(old?.sequence, young?.hash)).rejects.toThrow(/old enough/)
  await forOrg(tenant, (tx) => placeHoldIn(tx, tenant, 'inquiry', by))
  await expect(retain(old?.sequence, old?.hash)).rejects.toThrow(/legal hold/)
  expect(await numbers()).toEqual([1, 2, 3])
  const other = await ensureOrg(operator, `other-${made}`, prepareOrgKeys)
  await expect(
    forOrg(
      other,
      (tx) => tx.$queryRaw`SELECT audit_retain(${old?.sequence}::bigint, ${old?.hash}, '') AS gone`,
    ),
  ).rejects.toThrow(/old enough/)
})

test('a beginning that nobody signed is named: old events were cut off, and not let go by retention', async () => {
  await aged(400, 4)
  await signHead(egress, tenant)
  const rows = await rowsOf()
  await superuser.tamper('DELETE FROM audit_events WHERE org_id = $1 AND sequence <= 2', [tenant.orgId])
  expect(await verifyAudit(tenant)).toMatchObject({ ok: false, reason: expect.stringContaining('1 to 2') })
  // With a floor of the intruder's making, though its head was truly signed in passing.
  const [head] = await superuser.sql<{ jws: string }>('SELECT jws FROM audit_checkpoints WHERE org_id = $1', [
    tenant.orgId,
  ])
  await superuser.tamper(
    'INSERT INTO audit_floors (org_id, sequence, hash, jws, at) VALUES ($1, 2, $2, $3, now())',
    [tenant.orgId, rows[1]?.hash, head?.jws],
  )
  expect(await verifyAudit(tenant)).toMatchObject({
    ok: false,
    events: 0,
    reason: expect.stringContaining('no signed statement'),
  })
})

const partitions = async () =>
  (
    await superuser.sql<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_events'::regclass ORDER BY 1`,
    )
  ).map(({ name }) => name)

test('the coming months have partitions of their own, bound as the table is, and are made once', async () => {
  const before = await partitions()
  expect(before).toContain('audit_events_default')
  expect(before.filter((name) => /^audit_events_\d{4}_\d{2}$/.test(name)).length).toBeGreaterThanOrEqual(3)
  expect(await makeAuditPartitions(3)).toBe(0)
  expect(await makeAuditPartitions(5)).toBe(2)
  for (const name of await partitions()) {
    const [state] = await superuser.sql(
      `SELECT c.relrowsecurity AND c.relforcerowsecurity AS forced, c.relowner::regrole::text AS owner,
         has_table_privilege('behalf_runtime', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') AS may,
         ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid) AS policies,
         (SELECT count(*)::int FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers
       FROM pg_class c WHERE c.oid = $1::regclass`,
      [name],
    )
    expect({ name, ...state }).toEqual({
      name,
      forced: true,
      owner: 'behalf_keeper',
      may: false,
      policies: ['tenant'],
      triggers: 2,
    })
    await expect(superuser.sql(`TRUNCATE ${name}`)).rejects.toThrow(/append-only/)
  }
})

test('a month that retention has emptied of every organization loses its partition, and no other does', async () => {
  const [first = ''] = (await partitions()).filter((name) => name.startsWith('audit_events_before_'))
  await aged(400, 2)
  expect(await dropAuditPartitions()).toEqual([])
  // As a year from now: the first partition ends last month, and the next one begins there.
  const [{ lower } = { lower: '' }] = await superuser.sql<{ lower: string }>(
    `SELECT to_char(now() - interval '5 months', 'YYYY-MM-01') AS lower`,
  )
  const other = await ensureOrg(operator, `kept-${made}`, prepareOrgKeys)
  await append(1, other)
  await superuser.sql(`ALTER TABLE audit_events DETACH PARTITION ${first}`)
  await superuser.sql(
    `CREATE TABLE audit_events_old PARTITION OF audit_events FOR VALUES FROM (MINVALUE) TO ('${lower}')`,
  )
  await superuser.sql(`ALTER TABLE audit_events_old OWNER TO behalf_keeper`)
  await superuser.tamper(`INSERT INTO audit_events SELECT * FROM ${first}`)
  expect(await dropAuditPartitions()).toEqual([])
  await signHead(egress, tenant)
  expect(await retainAudit(tenant, 365)).toBe(2)
  const left = await superuser.sql('SELECT FROM audit_events_old')
  if (left.length > 0) await superuser.tamper('DELETE FROM audit_events_old')
  expect(await dropAuditPartitions()).toEqual(['audit_events_old'])
  expect(await partitions()).not.toContain('audit_events_old')
  expect((await rowsOf(other)).length).toBe(1)
})
