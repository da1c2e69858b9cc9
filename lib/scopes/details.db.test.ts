import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createApiKeyIn } from '#lib/identity'
import type { Caller } from '#lib/proof'
import { key } from '#runtime'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { sweepDetails } from './details.ts'

let practice: Practice
let superuser: Superuser
let account = ''
let org = ''
let made = 0
beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `d-${++made}`
  account = (await practice.connectAccount({ org, user: 'u_1' })).connected_account_id ?? ''
  await practice.reset()
})

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()
const execute = (details: object[] | undefined, as?: Caller, title = 'Water the plants', dry_run = false) =>
  practice.execute(
    {
      connected_account_id: account,
      tool_name: 'sandbox.create_task',
      params: { title },
      dry_run,
      ...(details && { authorization_details: details }),
    },
    as,
  )
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'made',
    (error: unknown) => (error instanceof AppError ? error.code : Promise.reject(error)),
  )
const upstream = async () =>
  (await practice.state()).last_requests.filter(({ method }) => method === 'POST').length

test('a call outside of its details is refused before anything leaves, and audited', async () => {
  const only = (facts: object) => [{ type: 'behalf_tool_call', ...facts }]
  expect(await outcome(execute(only({ tools: ['sandbox.list_tasks'] })))).toBe('forbidden')
  expect(await outcome(execute(only({ params: { '/title': { pattern: 'Buy*' } } })))).toBe('forbidden')
  expect(await outcome(execute(only({ expires_at: '2020-01-01T00:00:00Z' })))).toBe('forbidden')
  expect(await upstream()).toBe(0)
  const events = await listAudit(await practice.tenant(org), { action: 'tool.executed' }, null, 10)
  expect(events.map(({ outcome: how, error_code }) => [how, error_code])).toEqual(
    Array.from({ length: 3 }, () => ['denied', 'forbidden']),
  )
  expect(
    await outcome(execute(only({ tools: ['sandbox.*'], params: { '/title': { pattern: 'W*s' } } }))),
  ).toBe('made')
  expect(await upstream()).toBe(1)
})

test('one that is good for one call lets one of many through, and is the caller’s own', async () => {
  const once = [{ type: 'behalf_tool_call', jti: 'n-1', expires_at: inAnHour() }]
  expect(await outcome(execute(once, undefined, 'x', true))).toBe('made')
  const all = await Promise.all(Array.from({ length: 8 }, () => outcome(execute(once))))
  expect(all.filter((one) => one === 'made')).toHaveLength(1)
  expect(all.filter((one) => one === 'forbidden')).toHaveLength(7)
  expect(await upstream()).toBe(1)
  const tenant = await practice.tenant(org)
  const { secret } = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'other', roles: [] }))
  expect(await outcome(execute(once, await key('execute')(practice.authorization(secret))))).toBe('made')
})

test('a call that is refused uses nothing up', async () => {
  const once = [{ type: 'behalf_tool_call', jti: 'n-2', expires_at: inAnHour() }]
  // The account is stopped between the judgement of the call and its intent.
  await superuser.sql(
    `CREATE OR REPLACE FUNCTION stop_meanwhile() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN UPDATE connected_accounts SET status = 'revoked' WHERE org_id = NEW.org_id; RETURN NEW; END $$`,
  )
  await superuser.sql(
    `CREATE TRIGGER stop_meanwhile BEFORE INSERT ON used_details FOR EACH ROW EXECUTE FUNCTION stop_meanwhile()`,
  )
  expect(await outcome(execute(once))).toBe('reauthorization_required')
  await superuser.sql('DROP TRIGGER stop_meanwhile ON used_details')
  expect(await superuser.sql('SELECT FROM used_details WHERE jti = $1', ['n-2'])).toEqual([])
  await superuser.sql(`UPDATE connected_accounts SET status = 'active' WHERE status = 'revoked'`)
  expect(await outcome(execute(once))).toBe('made')
})

test('what was used up is forgotten once it has expired, and not before', async () => {
  const once = [{ type: 'behalf_tool_call', jti: 'n-3', expires_at: inAnHour() }]
  await execute(once)
  const left = async () => (await superuser.sql('SELECT FROM used_details WHERE jti = $1', ['n-3'])).length
  await sweepDetails(await practice.tenant(org))
  expect(await left()).toBe(1)
  await superuser.sql(`UPDATE used_details SET expires_at = now() - interval '1 second' WHERE jti = $1`, [
    'n-3',
  ])
  await sweepDetails(await practice.tenant(org))
  expect(await left()).toBe(0)
})
