import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { config } from '#lib/config'
import { deployment, forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import {
  destroyOrgKeysIn,
  forgetOrgKeys,
  keyStatus,
  orgHmac,
  rotationsOf,
  seal,
  withOpened,
} from './index.ts'
import { fingerprint } from './key-services/local.ts'
import { sealedColumns } from './sealed-columns.ts'

let practice: Practice
let superuser: Superuser
let keyRotation: typeof import('#runtime')['keyRotation']
let org = ''
let made = 0

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  keyRotation = (await import('#runtime')).keyRotation
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++made}`
  await practice.reset()
})

const by = { type: 'system', id: 'test' }
const never = new AbortController().signal
const binding = { purpose: 'test', parts: ['row-1'] }

async function connected(person = 'ana') {
  const { connected_account_id } = await practice.connectAccount({ org, user: person, person })
  return connected_account_id ?? ''
}
const listTasks = (account: string) =>
  practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })

/** As if the rotation had begun some minutes ago: what it waits for has passed. */
const ripen = (id: string) =>
  superuser.sql(
    `UPDATE key_rotations SET created_at = created_at - interval '5 min', updated_at = updated_at - interval '5 min'
     WHERE id = $1`,
    [id],
  )

const oldRows = async (tenant: Tenant, to: number) =>
  (await keyStatus(tenant)).filter(({ purpose, version }) => purpose === 'data' && version < to)

async function auditOf(tenant: Tenant) {
  const rows = await superuser.sql<{ action: string; details: { status?: string } }>(
    `SELECT action, details FROM audit_events WHERE org_id = $1 AND action LIKE 'key.%' ORDER BY sequence`,
    [tenant.orgId],
  )
  return rows.map(({ action, details }) => [action, details.status ?? null])
}

test('every column of sealed bytes is on the list of what a rotation seals anew', async () => {
  const rows = await superuser.sql<{ name: string }>(
    `SELECT c.relname || '.' || a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attname LIKE 'sealed%' AND a.atttypid = 'bytea'::regtype ORDER BY 1`,
  )
  const listed = sealedColumns.map(({ table, column }) => `${table}.${column}`)
  expect(rows.map(({ name }) => name)).toEqual(listed.toSorted())
})

test('a rotation under load seals everything anew, with no call failing, and then destroys the old key', async () => {
  const accounts = [await connected('ana'), await connected('ben'), await connected('ana')]
  await practice.session({ org_id: org, user_id: 'u_2' })
  const tenant = await practice.tenant(org)
  const kept = await seal(tenant, binding, 'sealed before')
  const hmac = await orgHmac(tenant, 'params', 'x')
  for (const account of accounts) await listTasks(account)
  let running = true
  let calls = 0
  const load = accounts.map(async (account) => {
    while (running) {
      expect((await listTasks(account)).status).toBe('succeeded')
      const sealed = await seal(tenant, binding, 'meanwhile')
      const opened = await withOpened(tenant, binding, sealed, async (plaintext) => plaintext.toString())
      expect(opened).toBe('meanwhile')
      calls++
    }
  })
  const rotation = await keyRotation.startReencrypt(tenant, by)
  expect(await keyRotation.startReencrypt(tenant, by)).toMatchObject({ id: rotation.id })
  await keyRotation.stepReencrypt(tenant, rotation.id, never)
  expect((await rotationsOf(tenant))[0]).toMatchObject({ status: 'running', to_version: 2, failed: 0 })
  const before = calls
  await expect.poll(() => calls, { timeout: 10_000 }).toBeGreaterThan(before + 5)
  running = false
  await Promise.all(load)
  // What was sealed before still opens: others may hold it, and the old key with it.
  await withOpened(tenant, binding, kept, async (plaintext) =>
    expect(plaintext.toString()).toBe('sealed before'),
  )
  await keyRotation.stepReencrypt(tenant, rotation.id, never)
  expect((await rotationsOf(tenant))[0]?.status).toBe('running')
  await ripen(rotation.id)
  await keyRotation.stepReencrypt(tenant, rotation.id, never)
  expect((await rotationsOf(tenant))[0]).toMatchObject({ status: 'done', error_code: null, failed: 0 })
  expect(await oldRows(tenant, 2)).toMatchObject([{ version: 1, state: 'destroyed', sealed: 0 }])
  expect((await keyStatus(tenant)).find(({ version }) => version === 2)?.sealed).toBeGreaterThan(3)
  for (const account of accounts) expect((await listTasks(account)).status).toBe('succeeded')
  await expect(withOpened(tenant, binding, kept, async () => null)).rejects.toMatchObject({
    code: 'unavailable',
  })
  expect(await orgHmac(tenant, 'params', 'x')).toBe(hmac)
  expect(await auditOf(tenant)).toEqual([
    ['key.rotation_started', null],
    ['key.rotation_finished', 'done'],
  ])
  const jobs = await superuser.sql(
    `SELECT 1 FROM graphile_worker.jobs WHERE key = $1 AND task_identifier = 'reencrypt_org'`,
    [`rotation/${rotation.id}`],
  )
  expect(jobs).toHaveLength(1)
}, 60_000)

test("the deployment's own secrets are rotated as an org's are, and open afterwards", async () => {
  const account = await connected()
  const rotation = await keyRotation.startReencrypt(deployment, by)
  await ripen(rotation.id)
  await keyRotation.stepReencrypt(deployment, rotation.id, never)
  await ripen(rotation.id)
  await keyRotation.stepReencrypt(deployment, rotation.id, never)
  expect((await rotationsOf(deployment))[0]).toMatchObject({ status: 'done', failed: 0 })
  expect(await oldRows(deployment, rotation.to_version ?? 0)).toMatchObject([
    { state: 'destroyed', sealed: 0 },
  ])
  const tenant = await practice.tenant(org)
  const { id } = (
    await superuser.sql<{ id: string }>('SELECT id FROM connected_accounts WHERE org_id = $1', [tenant.orgId])
  )[0] ?? { id: '' }
  const origin = { ip: null, userAgent: null, traceId: 'f'.repeat(32) }
  // A renewal needs the client secret.
  await practice.connect.refresh(tenant, practice.caller, id, origin)
  expect((await listTasks(account)).status).toBe('succeeded')
})

test('a rotation whose process dies in the middle goes on where it was', async () => {
  const accounts = [await connected('ana'), await connected('ben')]
  const tenant = await practice.tenant(org)
  const rotation = await keyRotation.startReencrypt(tenant, by)
  // The process ends after the batches and before it can say so.
  await superuser.sql(
    `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'killed'; END $$`,
  )
  await superuser.sql('CREATE TRIGGER die BEFORE UPDATE ON key_rotations FOR EACH ROW EXECUTE FUNCTION die()')
  await expect(keyRotation.stepReencrypt(tenant, rotation.id, never)).rejects.toThrow(/killed/)
  await superuser.sql('DROP TRIGGER die ON key_rotations')
  // And one that is told to stop leaves at the next batch.
  await keyRotation.stepReencrypt(tenant, rotation.id, AbortSignal.abort())
  expect((await rotationsOf(tenant))[0]?.status).toBe('running')
  await ripen(rotation.id)
  await keyRotation.stepReencrypt(tenant, rotation.id, never)
  expect((await rotationsOf(tenant))[0]?.status).toBe('done')
  expect(await oldRows(tenant, 2)).toMatchObject([{ state: 'destroyed', sealed: 0 }])
  for (const account of accounts) expect((await listTasks(account)).status).toBe('succeeded')
})

test('bytes that do not open are counted, hold up nothing else, and keep the old key from being destroyed', async () => {
  const [good, bad] = [await connected('ana'), await connected('ben')]
  const tenant = await practice.tenant(org)
  await superuser.tamper(
    `UPDATE credentials SET sealed = '\\x00' WHERE account_id = (SELECT id FROM connected_accounts WHERE org_id = $1
     ORDER BY id DESC LIMIT 1)`,
    [tenant.orgId],
  )
  const rotation = await keyRotation.startReencrypt(tenant, by)
  await keyRotation.stepReencrypt(tenant, rotation.id, never)
  await ripen(rotation.id)
  await keyRotation.stepReencrypt(tenant, rotation.id, never)
  expect((await rotationsOf(tenant))[0]).toMatchObject({
    status: 'failed',
    failed: 1,
    error_code: 'sealed_bytes_do_not_open',
  })
  expect(await oldRows(tenant, 2)).toMatchObject([{ state: 'retired', sealed: 1 }])
  expect((await listTasks(good)).status).toBe('succeeded')
  await expect(listTasks(bad)).rejects.toMatchObject({ code: 'unavailable' })
})

test('a rotation of an org whose keys were destroyed ends, and brings none back', async () => {
  await connected()
  const tenant = await practice.tenant(org)
  const rotation = await keyRotation.startReencrypt(tenant, by)
  await forOrg(tenant, (tx) => destroyOrgKeysIn(tx, tenant))
  await keyRotation.stepReencrypt(tenant, rotation.id, never)
  expect((await rotationsOf(tenant))[0]).toMatchObject({ status: 'failed', error_code: 'keys_destroyed' })
  await expect(keyRotation.startReencrypt(tenant, by)).rejects.toMatchObject({ code: 'unavailable' })
  expect((await keyStatus(tenant)).every(({ state }) => state === 'destroyed')).toBe(true)
})

test('a master key is replaced while running, and the old one is needed by nothing', async () => {
  const accounts = [await connected('ana')]
  const tenant = await practice.tenant(org)
  const masterKeys = config().keys.masterKeys as Uint8Array[]
  const fresh = new Uint8Array(randomBytes(32))
  masterKeys.unshift(fresh)
  const rotation = await keyRotation.startRewrap(by)
  await keyRotation.stepRewrap(rotation.id, never)
  const [finished] = await rotationsOf(deployment)
  expect(finished).toMatchObject({ kind: 'rewrap', status: 'done', failed: 0 })
  expect(finished?.done).toBe(finished?.total)
  const stale = await superuser.sql(
    'SELECT 1 FROM keyring.org_keys WHERE wrapped IS NOT NULL AND key_id <> $1',
    [fingerprint(fresh)],
  )
  expect(stale).toEqual([])
  masterKeys.splice(1)
  for (const one of [tenant, deployment]) forgetOrgKeys(one)
  for (const account of accounts) expect((await listTasks(account)).status).toBe('succeeded')
  expect((await auditOf(deployment)).slice(-2)).toEqual([
    ['key.rotation_started', null],
    ['key.rotation_finished', 'done'],
  ])
})
