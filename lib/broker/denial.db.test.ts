import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAudit, verifyAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createAgentIn, disableAgentIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { createPolicyIn } from '#lib/policy'
import { policyInput } from '#lib/policy/schema'
import type { Caller, Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let account = ''
let agent = ''

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  await practice.session({ org_id: 'acme', user_id: 'u_1' })
  tenant = await practice.tenant('acme')
  agent = (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))).id
  const { connected_account_id } = await practice.connectAccount({
    org: 'acme',
    user: 'u_1',
    agents: [agent],
  })
  account = connected_account_id ?? ''
  const rule = policyInput.parse({ name: 'no', tools: ['sandbox.create_task'] })
  await forOrg(tenant, (tx) => createPolicyIn(tx, tenant, rule, { type: 'test', id: 'test' }))
  await practice.reset()
})
afterAll(() => practice.stop())

const mira = (): Caller =>
  ({
    kind: 'agent',
    agentId: parseId('agent', agent) ?? '',
    agentOrgId: tenant.orgId,
    reach: tenant,
    userId: null,
  }) as Caller

const call = (more: Record<string, unknown> = {}) =>
  practice
    .execute(
      {
        connected_account_id: account,
        tool_name: 'sandbox.create_task',
        params: { title: 'x' },
        ...more,
      },
      mira(),
    )
    .then(
      ({ status }) => status as string,
      (error: unknown) => (error instanceof AppError ? error.code : Promise.reject(error)),
    )

const denials = async () => {
  const events = await listAudit(tenant, { action: 'tool.executed' }, null, 1000)
  return events.filter(({ outcome }) => outcome === 'denied')
}
const deniedRows = async () =>
  (await superuser.sql('SELECT 1 FROM denied_calls WHERE org_id = $1', [tenant.orgId])).length

test('refusals that come together have one event each, in a few transactions, and one chain', async () => {
  const most = 200
  const answers = await Promise.all(Array.from({ length: most }, () => call()))
  expect(new Set(answers)).toEqual(new Set(['policy_denied']))
  const events = await denials()
  expect(events).toHaveLength(most)
  expect(new Set(events.map(({ error_code }) => error_code))).toEqual(new Set(['policy_denied']))
  expect(await deniedRows()).toBe(most)
  const [transactions] = await superuser.sql<{ n: number }>(
    `SELECT count(DISTINCT xmin::text)::int AS n FROM audit_events WHERE org_id = $1 AND action = 'tool.executed'`,
    [tenant.orgId],
  )
  expect(transactions?.n).toBeLessThan(most / 4)
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true })
  expect((await practice.state()).last_requests).toEqual([])
})

test('one refusal that cannot be written fails alone', async () => {
  const before = (await denials()).length
  await superuser.sql(
    `CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN IF NEW.connected_account_id IS NULL THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$`,
  )
  await superuser.sql(
    'CREATE TRIGGER poison BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION poison()',
  )
  try {
    const poisoned = { connected_account_id: undefined, org_id: 'acme', user_id: 'nobody' }
    const answers = await Promise.all([call(), call(), call(poisoned), call(), call()])
    expect(answers).toEqual([
      'policy_denied',
      'policy_denied',
      'unavailable',
      'policy_denied',
      'policy_denied',
    ])
  } finally {
    await superuser.sql('DROP TRIGGER poison ON audit_events')
  }
  expect(await denials()).toHaveLength(before + 4)
})

test('a refused rehearsal says that it was one, and is no past call', async () => {
  const before = await deniedRows()
  expect(await call({ dry_run: true })).toBe('policy_denied')
  expect((await denials())[0]).toMatchObject({ error_code: 'policy_denied', details: { dry_run: true } })
  expect(await deniedRows()).toBe(before)
})

test('an agent that is disabled is refused, and never judged as if it were the product', async () => {
  const read = { tool_name: 'sandbox.list_tasks', params: {} }
  expect(await call(read)).toBe('succeeded')
  await practice.reset()
  await forOrg(tenant, (tx) => disableAgentIn(tx, tenant, parseId('agent', agent) ?? ''))
  expect(await call(read)).toBe('forbidden')
  expect((await denials())[0]).toMatchObject({ error_code: 'forbidden', agent_id: agent })
  expect((await practice.state()).last_requests).toEqual([])
})
