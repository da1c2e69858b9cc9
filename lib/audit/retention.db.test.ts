import { expect, test } from 'vitest'
import { dropAuditPartitions, forOrg, makeAuditPartitions } from '#lib/db'
import { parseId } from '#lib/ids'
import { signHead } from './checkpoints/sign-heads.ts'
import { liftHoldIn, listHolds, placeHoldIn, retainAudit } from './retention.ts'
import { actor as by, setScene } from './testing.ts'
import { verifyAudit } from './verify.ts'

const scene = setScene('retention')
const { egress, append, aged } = scene
const numbers = async () => (await scene.rows()).map(({ sequence }) => Number(sequence))

test('lets go of what is older than the organization keeps, and what stays is verified from where it begins', async () => {
  await aged(400, 3)
  await aged(10, 2)
  await signHead(egress, scene.tenant)
  expect(await retainAudit(scene.tenant, 365)).toBe(3)
  expect(await numbers()).toEqual([4, 5, 6])
  const [last] = (await scene.rows()).slice(-1)
  expect(last).toMatchObject({
    action: 'audit.retained',
    details: { from: 1, through: 3, events: 3 },
  })
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: true, events: 3, from: 4, signed_through: 5 })
  expect(await retainAudit(scene.tenant, 365)).toBe(0)
})

test("an organization's own retention goes before the deployment's, and without either nothing goes", async () => {
  await aged(100, 2)
  await signHead(egress, scene.tenant)
  expect(await retainAudit(scene.tenant, null)).toBe(0)
  await scene.superuser.sql(
    `UPDATE organizations SET settings = '{"audit_retention_days": 365}' WHERE id = $1`,
    [scene.tenant.orgId],
  )
  expect(await retainAudit(scene.tenant, 60)).toBe(0)
  await scene.superuser.sql(
    `UPDATE organizations SET settings = '{"audit_retention_days": 60}' WHERE id = $1`,
    [scene.tenant.orgId],
  )
  expect(await retainAudit(scene.tenant, null)).toBe(2)
})

test('lets nothing go that no signed head covers', async () => {
  await aged(400, 3)
  expect(await retainAudit(scene.tenant, 365)).toBe(0)
  await signHead(egress, scene.tenant)
  await aged(400, 2)
  expect(await retainAudit(scene.tenant, 365)).toBe(3)
  expect((await numbers())[0]).toBe(4)
})

test('a legal hold keeps everything until the last one is lifted, and stays in the list', async () => {
  await aged(400, 2)
  await signHead(egress, scene.tenant)
  const [first, second] = await forOrg(scene.tenant, async (tx) => [
    await placeHoldIn(tx, scene.tenant, 'Doe v. Acme', by),
    await placeHoldIn(tx, scene.tenant, 'inquiry', by),
  ])
  const lift = (id = '') =>
    forOrg(scene.tenant, (tx) => liftHoldIn(tx, scene.tenant, parseId('legal_hold', id) ?? '', by))
  expect(await retainAudit(scene.tenant, 365)).toBe(0)
  await lift(first?.id)
  expect(await retainAudit(scene.tenant, 365)).toBe(0)
  await lift(second?.id)
  await expect(lift(second?.id)).rejects.toMatchObject({ code: 'conflict' })
  expect(await listHolds(scene.tenant)).toMatchObject([
    { reason: 'inquiry', lifted_by: by },
    { reason: 'Doe v. Acme', lifted_by: by },
  ])
  expect(await retainAudit(scene.tenant, 365)).toBe(2)
})

test('the database itself refuses the application what is young, held, uncovered or not the event it says', async () => {
  await aged(400, 2)
  await append(1)
  const [old, , young] = await scene.rows()
  const retain = (sequence: bigint | undefined, hash: string | undefined) =>
    forOrg(
      scene.tenant,
      (tx) => tx.$queryRaw`SELECT audit_retain(${sequence}::bigint, ${hash}, 'no statement') AS gone`,
    )
  await expect(retain(old?.sequence, old?.hash)).rejects.toThrow(/no signed head/)
  await signHead(egress, scene.tenant)
  await expect(retain(young?.sequence, young?.hash)).rejects.toThrow(/old enough/)
  await expect(retain(old?.sequence, young?.hash)).rejects.toThrow(/old enough/)
  await forOrg(scene.tenant, (tx) => placeHoldIn(tx, scene.tenant, 'inquiry', by))
  await expect(retain(old?.sequence, old?.hash)).rejects.toThrow(/legal hold/)
  expect(await numbers()).toEqual([1, 2, 3])
  const other = await scene.other('other')
  await expect(
    forOrg(
      other,
      (tx) => tx.$queryRaw`SELECT audit_retain(${old?.sequence}::bigint, ${old?.hash}, '') AS gone`,
    ),
  ).rejects.toThrow(/old enough/)
})

test('a beginning that nobody signed is named: old events were cut off, and not let go by retention', async () => {
  await aged(400, 4)
  await signHead(egress, scene.tenant)
  const rows = await scene.rows()
  await scene.superuser.tamper('DELETE FROM audit_events WHERE org_id = $1 AND sequence <= 2', [
    scene.tenant.orgId,
  ])
  expect(await verifyAudit(scene.tenant)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('1 to 2'),
  })
  // With a floor of the intruder's making, though its head was truly signed in passing.
  const [head] = await scene.superuser.sql<{ jws: string }>(
    'SELECT jws FROM audit_checkpoints WHERE org_id = $1',
    [scene.tenant.orgId],
  )
  await scene.superuser.tamper(
    'INSERT INTO audit_floors (org_id, sequence, hash, jws, at) VALUES ($1, 2, $2, $3, now())',
    [scene.tenant.orgId, rows[1]?.hash, head?.jws],
  )
  expect(await verifyAudit(scene.tenant)).toMatchObject({
    ok: false,
    events: 0,
    reason: expect.stringContaining('no signed statement'),
  })
})

const partitions = async () =>
  (
    await scene.superuser.sql<{ name: string }>(
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
    const [state] = await scene.superuser.sql(
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
    await expect(scene.superuser.sql(`TRUNCATE ${name}`)).rejects.toThrow(/append-only/)
  }
})

test('a month that retention has emptied of every organization loses its partition, and no other does', async () => {
  const [first = ''] = (await partitions()).filter((name) => name.startsWith('audit_events_before_'))
  await aged(400, 2)
  expect(await dropAuditPartitions()).toEqual([])
  // As a year from now: the first partition ends last month, and the next one begins there.
  const [{ lower } = { lower: '' }] = await scene.superuser.sql<{ lower: string }>(
    `SELECT to_char(now() - interval '5 months', 'YYYY-MM-01') AS lower`,
  )
  const other = await scene.other('kept')
  await append(1, other)
  await scene.superuser.sql(`ALTER TABLE audit_events DETACH PARTITION ${first}`)
  await scene.superuser.sql(
    `CREATE TABLE audit_events_old PARTITION OF audit_events FOR VALUES FROM (MINVALUE) TO ('${lower}')`,
  )
  await scene.superuser.sql(`ALTER TABLE audit_events_old OWNER TO behalf_keeper`)
  await scene.superuser.tamper(`INSERT INTO audit_events SELECT * FROM ${first}`)
  expect(await dropAuditPartitions()).toEqual([])
  await signHead(egress, scene.tenant)
  expect(await retainAudit(scene.tenant, 365)).toBe(2)
  const left = await scene.superuser.sql('SELECT FROM audit_events_old')
  if (left.length > 0) await scene.superuser.tamper('DELETE FROM audit_events_old')
  expect(await dropAuditPartitions()).toEqual(['audit_events_old'])
  expect(await partitions()).not.toContain('audit_events_old')
  expect((await scene.rows(other)).length).toBe(1)
})
