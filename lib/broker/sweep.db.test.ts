import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createPolicyIn } from '#lib/policy'
import { policyInput } from '#lib/policy/schema'
import type { Tenant } from '#lib/proof'
import { jobs } from '#runtime'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { sweepExecutions } from './index.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  const { connected_account_id } = await practice.connectAccount({ org: 'acme', user: 'u_1' })
  tenant = await practice.tenant('acme')
  const rule = policyInput.parse({ name: 'no', tools: ['sandbox.create_task'] })
  await forOrg(tenant, (tx) => createPolicyIn(tx, tenant, rule, { type: 'test', id: 'test' }))
  const call = (tool_name: string, params = {}) =>
    practice.execute({ connected_account_id, tool_name, params }).catch(() => null)
  for (let n = 0; n < 2; n++) {
    await call('sandbox.list_tasks')
    await call('sandbox.create_task', { title: 'x' })
  }
})
afterAll(() => practice.stop())

const count = async (what: string) =>
  (await superuser.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${what}`))[0]?.n
const sealed = 'executions WHERE sealed_input IS NOT NULL AND sealed_facts IS NOT NULL'
const unsealed = 'executions WHERE sealed_input IS NULL AND sealed_facts IS NULL'

test('what was asked and judged is forgotten when its time is over, of calls that were made and that were refused, and not before', async () => {
  await sweepExecutions(tenant)
  expect([await count(sealed), await count('denied_calls')]).toEqual([2, 2])
  const first = (table: string) => `id = (SELECT min(id::text)::uuid FROM ${table})`
  await superuser.sql(
    `UPDATE executions SET input_expires_at = now() - interval '1 s' WHERE ${first('executions')}`,
  )
  await superuser.sql(
    `UPDATE denied_calls SET expires_at = now() - interval '1 s' WHERE ${first('denied_calls')}`,
  )
  await sweepExecutions(tenant)
  expect([await count(sealed), await count(unsealed), await count('denied_calls')]).toEqual([1, 1, 1])
})

test('however much is past its time is forgotten, some at a time', async () => {
  await superuser.tamper(
    `INSERT INTO denied_calls (org_id, id, tool_name, decision, sealed_facts, expires_at)
     SELECT $1, gen_random_uuid(), 'sandbox.list_tasks', '{}', '\\x00', now() - interval '1 s' FROM generate_series(1, 4500)`,
    [tenant.orgId],
  )
  await sweepExecutions(tenant)
  expect(await count('denied_calls')).toBe(1)
})

test('an org in which the sweep fails keeps none of the others waiting', async () => {
  await practice.session({ org_id: 'globex', user_id: 'u_1' })
  const globex = await practice.tenant('globex')
  for (const { orgId } of [tenant, globex])
    await superuser.tamper(
      `INSERT INTO denied_calls (org_id, id, tool_name, decision, sealed_facts, expires_at)
       VALUES ($1, gen_random_uuid(), 'x', '{}', '\\x00', now() - interval '1 s')`,
      [orgId],
    )
  const before = await count('denied_calls')
  // The newer org comes first.
  await superuser.sql(
    `CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN IF OLD.org_id = '${globex.orgId}' THEN RAISE EXCEPTION 'broken'; END IF; RETURN OLD; END $$`,
  )
  await superuser.sql(
    'CREATE TRIGGER fails BEFORE DELETE ON denied_calls FOR EACH ROW EXECUTE FUNCTION fails()',
  )
  await jobs.sweep({} as never, new AbortController().signal)
  expect(await count('denied_calls')).toBe((before ?? 0) - 1)
  expect(await count(`denied_calls WHERE org_id = '${globex.orgId}'`)).toBe(1)
})
