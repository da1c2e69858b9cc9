import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { firstStepsOf } from './first-steps.ts'

let practice: Practice

beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())

it('ticks each step when it has been done, and none by what another org did', async () => {
  const { createApiKeyIn } = await import('#lib/identity')
  const { forOrg } = await import('#lib/db')
  const other = await practice.connectAccount({ org: 'other', user: 'ana' })
  await practice.execute({
    connected_account_id: other.connected_account_id ?? '',
    tool_name: 'sandbox.list_tasks',
    params: {},
  })
  const { ensureOrg } = await import('#lib/tenancy')
  await ensureOrg(practice.caller, 'steps', async () => async () => {})
  const acme = await practice.tenant('steps')
  const before = await firstStepsOf(acme)
  expect(before).toMatchObject({ keys: [], account: null, called: false, revoked: false })
  expect(before.configured).toContain('sandbox')

  await forOrg(acme, (tx) => createApiKeyIn(tx, acme, { name: 'Backend', roles: ['execute'] }))
  const one = await practice.connectAccount({ org: 'steps', user: 'bob' })
  expect(await firstStepsOf(acme)).toMatchObject({
    keys: [{ name: 'Backend', used: false }],
    account: { id: one.connected_account_id, user_id: 'bob', connector: 'sandbox' },
    called: false,
  })
  await practice.execute({
    connected_account_id: one.connected_account_id ?? '',
    tool_name: 'sandbox.list_tasks',
    params: {},
  })
  expect(await firstStepsOf(acme)).toMatchObject({ called: true, revoked: false })
})
