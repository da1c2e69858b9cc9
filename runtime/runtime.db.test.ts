import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit, verifyAudit } from '#lib/audit'
import { parseId } from '#lib/ids'
import { origin, type Practice, startPractice } from '../scripts/testing/practice.ts'

let practice: Practice
beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })

test('connects an account, runs a tool through it, shows it in the audit and ends it at the provider', async () => {
  const session = await practice.connectAccount({ org: 'acme', user: 'u_1' })
  expect(session.status).toBe('completed')
  const accountId = session.connected_account_id ?? ''

  const listed = await practice.execute({ connected_account_id: accountId, tool_name: 'sandbox.list_tasks' })
  expect(listed.status).toBe('succeeded')
  expect(listed.output).toMatchObject({
    tasks: expect.arrayContaining([expect.objectContaining({ title: expect.any(String) })]),
  })
  const made = await practice.execute({
    org_id: 'acme',
    user_id: 'u_1',
    tool_name: 'sandbox.create_task',
    params: { title: 'Written by an agent' },
  })
  expect(made.output).toMatchObject({ title: 'Written by an agent' })

  const tenant = await practice.tenant('acme')
  const id = parseId('connected_account', accountId) ?? ''
  const before = await practice.state()
  const { upstream, account } = await practice.connect.revoke(tenant, practice.caller, id, 'test', origin)
  expect(upstream).toBe('revoked')
  expect(account.status).toBe('revoked')
  await expect(
    practice.execute({ connected_account_id: accountId, tool_name: 'sandbox.list_tasks' }),
  ).rejects.toEqual(refusal('reauthorization_required'))
  const after = await practice.state()
  expect(after.api).toEqual(before.api)
  expect(after.revocation).toBe(before.revocation + 1)

  const events = await listAudit(tenant, {}, null, 100)
  expect(events.map(({ action }) => action)).toEqual([
    'tool.executed',
    'connected_account.revocation_settled',
    'connected_account.revoked',
    'tool.executed',
    'tool.executed',
    'connection.created',
    'connection.approved',
    'connect_session.created',
  ])
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true, events: 8, first_bad: null })
})
