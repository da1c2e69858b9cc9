import { afterAll, beforeAll, expect, test } from 'vitest'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'

let practice: Practice
beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())

test('an account that was called before is as absent as any once its organization is deleted, to whoever may call everywhere', async () => {
  const { connected_account_id } = await practice.connectAccount({ org: 'acme', user: 'u_1' })
  const call = () => practice.execute({ connected_account_id, tool_name: 'sandbox.list_tasks', params: {} })
  await expect(call()).resolves.toMatchObject({ status: 'succeeded' })
  await practice.connect.deleteOrg(practice.caller, await practice.tenant('acme'), origin)
  await practice.reset()
  await expect(call()).rejects.toMatchObject({ name: 'AppError', code: 'not_found' })
})
