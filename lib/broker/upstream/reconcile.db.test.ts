import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '#lib/ids'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { useSuperuser } from '../../../scripts/testing/superuser.ts'
import { type Doubtful, reconcileExecution } from './index.ts'
import { brokerAt, callTimes, failed } from './testing.ts'

let practice: Practice
let own: ReturnType<typeof brokerAt>
let account = ''

beforeAll(async () => {
  practice = await startPractice()
  own = brokerAt(practice)
  account = (await practice.connectAccount({ org: 'acme', user: 'u_1' })).connected_account_id ?? ''
})
afterAll(async () => {
  await own.close()
  await practice.stop()
})

/** What is known of an execution when nobody is left who made it. */
async function doubtful(executionId: string, toolName: string, params: unknown): Promise<Doubtful> {
  const { sql } = await useSuperuser()
  const [row] = await sql<{ account_id: string; connection_id: string; org: string; config: string }>(
    `SELECT a.id AS account_id, a.current_connection_id AS connection_id, a.auth_config_org_id AS org,
       a.auth_config_id AS config FROM connected_accounts a WHERE a.id = $1`,
    [parseId('connected_account', account)],
  )
  const [tool, connector] = [own.deps.tools[toolName], own.deps.connectors.sandbox]
  if (!row || !tool || !connector) throw new Error('nothing to look up')
  return {
    tenant: await practice.tenant('acme'),
    executionId: parseId('execution', executionId) ?? '',
    accountId: row.account_id,
    connectionId: row.connection_id,
    authConfig: { orgId: row.org, id: row.config },
    connector,
    tool,
    params,
  }
}
const create = (title: string, tool_name = 'sandbox.create_task') => ({
  connected_account_id: account,
  tool_name,
  params: { title },
})

test('a write whose answers were all lost is found at the provider, and nothing is written to find it', async () => {
  await practice.reset()
  await practice.faults({ reset_mid_body: 3 })
  const error = await failed(own.run(create('Lost')))
  expect(error.facts).toMatchObject({ outcome: 'unknown' })
  const lost = await doubtful(error.facts.execution_id ?? '', 'sandbox.create_task', { title: 'Lost' })
  await practice.reset()
  expect(await reconcileExecution(own.deps, lost)).toMatchObject({
    outcome: 'happened',
    output: { title: 'Lost' },
  })
  const asked = (await practice.state()).last_requests.filter(({ path }) => path.startsWith('/api/'))
  expect(asked.map(({ method }) => method)).toEqual(['GET'])
})

test('a write that never arrived did not happen', async () => {
  await practice.reset()
  await practice.faults({ next_status: { status: 500, count: 3, retry_after: null, scope: 'api' } })
  const error = await failed(own.run(create('Never')))
  const never = await doubtful(error.facts.execution_id ?? '', 'sandbox.create_task', { title: 'Never' })
  expect(await reconcileExecution(own.deps, never)).toEqual({ outcome: 'did_not' })
})

test('what cannot be looked up, or not now, stays unknown', async () => {
  await practice.reset()
  await practice.faults({ reset_mid_body: 1 })
  const error = await failed(own.run(create('Blind', 'sandbox.append_task')))
  const id = error.facts.execution_id ?? ''
  const before = (await callTimes(practice)).length
  expect(await reconcileExecution(own.deps, await doubtful(id, 'sandbox.append_task', {}))).toEqual({
    outcome: 'unknown',
  })
  expect(await callTimes(practice)).toHaveLength(before)
  await practice.faults({ invalid_json: true })
  const unreadable = await doubtful(id, 'sandbox.create_task', {})
  expect(await reconcileExecution(own.deps, unreadable)).toEqual({ outcome: 'unknown' })
  const elsewhere = { ...unreadable, connectionId: crypto.randomUUID() }
  expect(await reconcileExecution(own.deps, elsewhere)).toEqual({ outcome: 'unknown' })
})
