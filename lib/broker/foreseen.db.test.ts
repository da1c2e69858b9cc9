import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendAudit, verifyAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

// The end of a call is written on a guess of where the chain's head is. Whether one was right or wrong must not show.

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let account = ''

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  account = (await practice.connectAccount({ org: 'acme', user: 'u_1' })).connected_account_id ?? ''
  tenant = await practice.tenant('acme')
  // The guesses of the third begin where the first and the second have shown that nobody else writes.
  for (let n = 0; n < 3; n++) await call()
})
afterAll(() => practice.stop())

const call = () =>
  practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks', params: {} })

const elsewhere = () =>
  forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, { action: 'org.changed', outcome: 'allowed', actor: { type: 'test', id: 'x' } }),
  )

const rows = <Row extends object>(sql: string) => superuser.sql<Row>(sql, [tenant.orgId])

/** Wrong guesses are rolled back, and PostgreSQL counts that; each connection says so with a later transaction. */
const wrongGuesses = async () => {
  await call()
  const [row] = await superuser.sql<{ n: number }>(
    'SELECT xact_rollback::int AS n FROM pg_stat_database WHERE datname = current_database()',
  )
  return row?.n ?? 0
}

async function assertWhole(): Promise<void> {
  const [{ ok }, events, calls] = [
    await verifyAudit(tenant),
    await rows<{ id: string }>(
      `SELECT details->>'execution_id' AS id FROM audit_events WHERE org_id = $1 AND action = 'tool.executed'`,
    ),
    await rows<{ status: string }>('SELECT status FROM executions WHERE org_id = $1'),
  ]
  expect(ok).toBe(true)
  expect(new Set(events.map(({ id }) => id)).size).toBe(calls.length)
  expect(events).toHaveLength(calls.length)
  expect(calls.filter(({ status }) => status === 'running')).toEqual([])
}

test('calls that come alone, and beside whatever else writes to the chain, are in it once each and in the order of time', async () => {
  for (let n = 0; n < 6; n++) {
    await call()
    if (n % 2 === 0) await elsewhere()
  }
  await Promise.all([...Array.from({ length: 12 }, call), elsewhere(), elsewhere()])
  await assertWhole()
  const back = await rows(`SELECT FROM audit_events a JOIN audit_events b ON b.org_id = a.org_id
    AND b.sequence = a.sequence + 1 WHERE a.org_id = $1 AND b.occurred_at < a.occurred_at`)
  expect(back).toEqual([])
})

test('an event that another has written since makes the guess wrong, and the call is written down all the same', async () => {
  for (let n = 0; n < 3; n++) await call()
  const before = await wrongGuesses()
  await elsewhere()
  await call()
  await expect.poll(wrongGuesses, { timeout: 20_000 }).toBeGreaterThan(before)
  await assertWhole()
})
