import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { disconnect, forOrg } from '#lib/db'
import { systemCaller } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { type AuditInput, appendAudit, verifyAudit } from './index.ts'

const operator = systemCaller('test')
let superuser: Superuser
let tenant: Tenant
let made = 0

beforeAll(async () => {
  superuser = await useSuperuser()
})
afterAll(disconnect)
beforeEach(async () => {
  tenant = await ensureOrg(operator, `org-${++made}`, prepareOrgKeys)
})

const full: AuditInput = {
  action: 'tool.executed',
  outcome: 'allowed',
  actor: { type: 'agent', id: 'ag_1' },
  user_id: 'u_1',
  agent_id: 'ag_1',
  connected_account_id: 'ca_1',
  connection_id: 'cn_1',
  tool_name: 'sandbox.list_tasks',
  scopes_required: ['tasks:read'],
  scopes_granted: ['tasks:read', 'tasks:write'],
  policy: { engine: 'builtin', decision: 'allow', policyIds: ['pol_1'] },
  params_hmac: 'ab'.repeat(32),
  changed_fields: ['scopes'],
  error_code: 'none',
  duration_ms: 12,
  trace_id: 'f'.repeat(32),
  ip: '203.0.113.7',
  user_agent: 'test/1',
  details: { upstream: 'revoked', count: 2 },
}

const append = (into = tenant, input = full) => forOrg(into, (tx) => appendAudit(tx, into, input))

async function chainOf(length: number, into = tenant): Promise<string[]> {
  for (let n = 0; n < length; n++) await append(into)
  const rows = await superuser.sql<{ id: string }>(
    'SELECT id FROM audit_events WHERE org_id = $1 ORDER BY sequence',
    [into.orgId],
  )
  return rows.map(({ id }) => publicId('audit_event', id))
}

/** One smallest change of each column that an event has; the key columns are moved by the tests further down. */
const edits: Record<string, string> = {
  occurred_at: `occurred_at + interval '1 millisecond'`,
  id: 'gen_random_uuid()',
  action: `'tool.executee'`,
  outcome: `'denied'`,
  user_id: `'u_2'`,
  actor: `jsonb_set(actor, '{id}', '"ag_2"')`,
  agent_id: 'NULL',
  connected_account_id: `'ca_2'`,
  connection_id: `'cn_2'`,
  tool_name: `'sandbox.list_taskz'`,
  scopes_required: `'{}'`,
  scopes_granted: `ARRAY['tasks:write', 'tasks:read']`,
  policy: `jsonb_set(policy, '{policy_ids,0}', '"pol_2"')`,
  params_hmac: `'bb' || substr(params_hmac, 3)`,
  changed_fields: `changed_fields || ''::text`,
  error_code: `''`,
  duration_ms: 'duration_ms + 1',
  trace_id: `'e' || substr(trace_id, 2)`,
  ip: `'203.0.113.8'`,
  user_agent: `user_agent || ' '`,
  details: `details || '{"count": 3}'`,
  prev_hash: `CASE WHEN prev_hash LIKE '0%' THEN '1' ELSE '0' END || substr(prev_hash, 2)`,
  hash: `CASE WHEN hash LIKE '0%' THEN '1' ELSE '0' END || substr(hash, 2)`,
}

test('covers every column that an event has', async () => {
  const columns = await superuser.sql<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = 'audit_events'::regclass AND attnum > 0 AND NOT attisdropped`,
  )
  const known = [...Object.keys(edits), 'org_id', 'sequence']
  expect(columns.map(({ name }) => name).sort()).toEqual(known.sort())
})

test.each(Object.entries(edits))('names the event whose %s a superuser changed', async (column, value) => {
  const ids = await chainOf(4)
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true, events: 4, first_bad: null })
  const touched = await superuser.tamper(
    `UPDATE audit_events SET ${column} = ${value} WHERE org_id = $1 AND sequence = 2`,
    [tenant.orgId],
  )
  expect(touched).toBe(1)
  const [now] = await superuser.sql<{ id: string }>(
    'SELECT id FROM audit_events WHERE org_id = $1 AND sequence = 2',
    [tenant.orgId],
  )
  const expected = column === 'id' ? publicId('audit_event', now?.id ?? '') : ids[1]
  expect(await verifyAudit(tenant)).toMatchObject({ ok: false, events: 1, first_bad: expected })
})

test('names the event after one that was deleted, and says which is missing', async () => {
  const ids = await chainOf(5)
  await superuser.tamper('DELETE FROM audit_events WHERE org_id = $1 AND sequence = 3', [tenant.orgId])
  expect(await verifyAudit(tenant)).toMatchObject({
    ok: false,
    events: 2,
    first_bad: ids[3],
    reason: expect.stringContaining('3 to 3'),
  })
})

test('names the event after a deleted one when the rest was renumbered to close the gap', async () => {
  const ids = await chainOf(5)
  await superuser.tamper('DELETE FROM audit_events WHERE org_id = $1 AND sequence = 3', [tenant.orgId])
  for (const sequence of [4, 5]) {
    await superuser.tamper(
      'UPDATE audit_events SET sequence = sequence - 1 WHERE org_id = $1 AND sequence = $2',
      [tenant.orgId, sequence],
    )
  }
  expect(await verifyAudit(tenant)).toMatchObject({ ok: false, events: 2, first_bad: ids[3] })
})

test('names the first of two events that changed places', async () => {
  const ids = await chainOf(5)
  for (const [from, to] of [
    [2, 99],
    [3, 2],
    [99, 3],
  ]) {
    await superuser.tamper('UPDATE audit_events SET sequence = $2 WHERE org_id = $1 AND sequence = $3', [
      tenant.orgId,
      to,
      from,
    ])
  }
  expect(await verifyAudit(tenant)).toMatchObject({ ok: false, events: 1, first_bad: ids[2] })
})

test('finds that the last events were cut off', async () => {
  await chainOf(5)
  await superuser.tamper('DELETE FROM audit_events WHERE org_id = $1 AND sequence > 3', [tenant.orgId])
  expect(await verifyAudit(tenant)).toMatchObject({
    ok: false,
    events: 3,
    first_bad: null,
    reason: expect.stringContaining('ends at event 3'),
  })
})

test('finds that all events were cut off', async () => {
  await chainOf(2)
  await superuser.tamper('DELETE FROM audit_events WHERE org_id = $1', [tenant.orgId])
  expect(await verifyAudit(tenant)).toMatchObject({ ok: false, events: 0 })
})

test.each([
  ['moved back to hide the last events', 'UPDATE audit_heads SET sequence = 3 WHERE org_id = $1'],
  ['moved on', 'UPDATE audit_heads SET sequence = 9 WHERE org_id = $1'],
  ['given another hash', `UPDATE audit_heads SET hash = repeat('0', 64) WHERE org_id = $1`],
  ['deleted', 'DELETE FROM audit_heads WHERE org_id = $1'],
])('finds that the head was %s', async (_, edit) => {
  await chainOf(5)
  expect(await superuser.tamper(edit, [tenant.orgId])).toBe(1)
  expect(await verifyAudit(tenant)).toMatchObject({ ok: false })
})

test('finds an event that was slipped in below the first', async () => {
  await chainOf(3)
  await superuser.tamper(
    `INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, actor, prev_hash, hash)
     VALUES ($1, 0, now(), gen_random_uuid(), 'forged', 'allowed', '{}', '', '')`,
    [tenant.orgId],
  )
  expect(await verifyAudit(tenant)).toMatchObject({
    ok: false,
    events: 0,
    reason: expect.stringContaining('number'),
  })
})

test.each([2, 3])('finds an event that shares number %i with another', async (sequence) => {
  await chainOf(3)
  await superuser.tamper(
    `INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, actor, prev_hash, hash)
     SELECT org_id, sequence, occurred_at + interval '1 second', gen_random_uuid(), 'forged', outcome, actor,
       prev_hash, hash FROM audit_events WHERE org_id = $1 AND sequence = $2`,
    [tenant.orgId, sequence],
  )
  expect(await verifyAudit(tenant)).toMatchObject({ ok: false })
})

test('walks a chain of several batches, and finds a twin where two batches meet', async () => {
  await forOrg(
    tenant,
    async (tx) => {
      for (let n = 0; n < 1_001; n++) await appendAudit(tx, tenant, full)
    },
    60_000,
  )
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true, events: 1_001 })
  // The twin sorts after the event itself, as the last row of one batch and the first of the next.
  await superuser.tamper(
    `INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, actor, prev_hash, hash)
     SELECT org_id, sequence, occurred_at + interval '1 second', 'ffffffff-ffff-4fff-bfff-ffffffffffff', 'forged',
       outcome, actor, prev_hash, hash FROM audit_events WHERE org_id = $1 AND sequence = 1000`,
    [tenant.orgId],
  )
  expect(await verifyAudit(tenant)).toMatchObject({
    ok: false,
    events: 1_000,
    first_bad: publicId('audit_event', 'ffffffff-ffff-4fff-bfff-ffffffffffff'),
  })
}, 120_000)

test('finds an event that was written beyond the head', async () => {
  await chainOf(3)
  await superuser.tamper(
    `INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, actor, prev_hash, hash)
     VALUES ($1, 900, now(), gen_random_uuid(), 'forged', 'allowed', '{}', '', '')`,
    [tenant.orgId],
  )
  expect(await verifyAudit(tenant)).toMatchObject({ ok: false, events: 3 })
})

test('keeps one unbroken chain under 64 appends at once', async () => {
  await Promise.all(Array.from({ length: 64 }, () => append()))
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true, events: 64, first_bad: null })
})

test('leaves no gap where a transaction was rolled back', async () => {
  await append()
  const undone = forOrg(tenant, async (tx) => {
    await appendAudit(tx, tenant, full)
    throw new Error('taken back')
  })
  await expect(undone).rejects.toThrow('taken back')
  await append()
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true, events: 2 })
})

test('keeps the chains of two orgs apart', async () => {
  const other = await ensureOrg(operator, `other-${made}`, prepareOrgKeys)
  await Promise.all(Array.from({ length: 10 }, () => [append(), append(other)]).flat())
  await superuser.tamper(`UPDATE audit_events SET ip = NULL WHERE org_id = $1 AND sequence = 5`, [
    other.orgId,
  ])
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true, events: 10 })
  expect(await verifyAudit(other)).toMatchObject({ ok: false, events: 4 })
})

test('refuses the application and the owner any change of what was written', async () => {
  await chainOf(2)
  for (const statement of ['UPDATE audit_events SET ip = NULL', 'DELETE FROM audit_events']) {
    await expect(forOrg(tenant, (tx) => tx.$executeRawUnsafe(statement))).rejects.toThrow(/permission denied/)
    await expect(superuser.sql(statement)).rejects.toThrow(/append-only/)
  }
  for (const table of ['audit_events', 'audit_events_default']) {
    await expect(superuser.sql(`TRUNCATE ${table}`)).rejects.toThrow(/append-only/)
  }
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true, events: 2 })
})
