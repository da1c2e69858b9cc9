import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { getAccount } from '#lib/consent'
import { listEvents } from '#lib/events'
import { resolveObject } from '#lib/tenancy'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })

let users = 0
async function connected(org = 'expiry') {
  const user = `u_${users++}`
  const done = await practice.connectAccount({ org, user, duration: '7' })
  const account = done.connected_account_id ?? ''
  return { user, account, ...(await resolveObject(practice.caller, 'connected_account', account)) }
}

/** Eight days later, as the rows tell it: a consent does not change, so the owner of the tables has to lie. */
const eightDaysLater = (accountId: string) =>
  superuser.sql(
    `DO $$ BEGIN
       ALTER TABLE connections DISABLE TRIGGER immutable;
       UPDATE connections SET consented_at = consented_at - interval '8 days', expires_at = expires_at - interval '8 days'
         WHERE account_id = '${accountId}';
       ALTER TABLE connections ENABLE TRIGGER immutable;
     END $$`,
  )

const run = (account: string) =>
  practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })

test('from the second that the time is over nothing leaves, the person is asked, and the refusal is audited', async () => {
  const { account, tenant, id } = await connected()
  await expect(run(account)).resolves.toMatchObject({ status: 'succeeded' })
  await eightDaysLater(id)
  const before = await practice.state()
  const refused = await run(account).catch((error: unknown) => error)
  expect(refused).toMatchObject({
    code: 'reauthorization_required',
    facts: { connect_url: expect.stringContaining('/c/') },
  })
  expect((await practice.state()).api).toEqual(before.api)
  const [event] = await listAudit(tenant, { action: 'tool.executed' }, null, 1)
  expect(event).toMatchObject({ outcome: 'denied', error_code: 'reauthorization_required' })
})

test('what ran out is ended once: marked, told, given back to the provider, and never renewed', async () => {
  const [over, current] = [await connected('ended'), await connected('ended')]
  await eightDaysLater(over.id)
  const { tenant } = over
  expect(await practice.connect.endExpiredConsents(tenant)).toBe(1)
  expect(await practice.connect.endExpiredConsents(tenant)).toBe(0)
  expect(await getAccount(tenant, over.id)).toMatchObject({
    status: 'needs_reauth',
    status_reason: 'consent_expired',
  })
  expect(await getAccount(tenant, current.id)).toMatchObject({ status: 'active' })
  const [event] = await listAudit(tenant, { action: 'connected_account.needs_reauth' }, null, 10)
  expect(event).toMatchObject({ error_code: 'consent_expired', connected_account_id: over.account })
  const told = await listEvents(tenant, { type: 'connected_account.needs_reauth' }, null, 10)
  expect(told.map(({ data }) => data)).toMatchObject([{ reason: 'consent_expired' }])
  const left = await superuser.sql('SELECT FROM credentials WHERE account_id = $1', [over.id])
  expect(left).toEqual([])
  const [owed] = await superuser.sql('SELECT id, status FROM upstream_revocations WHERE account_id = $1', [
    over.id,
  ])
  expect(await practice.connect.settleRevocation(tenant, String(owed?.id))).toBe('revoked')
  expect((await practice.state()).revocation).toBe(1)
  await expect(practice.connect.refresh(tenant, practice.caller, over.id, origin)).rejects.toEqual(
    refusal('reauthorization_required'),
  )
})

test('a new consent that came in between is not ended with the one that ran out', async () => {
  const { user, account, tenant, id } = await connected('between')
  await eightDaysLater(id)
  await practice.connectAccount({ org: 'between', user, accountId: account, duration: '7' })
  expect(await practice.connect.endExpiredConsents(tenant)).toBe(0)
  await expect(run(account)).resolves.toMatchObject({ status: 'succeeded' })
})

test('an account whose time ran out comes back by the link in the refusal', async () => {
  const { user, account, tenant, id } = await connected()
  await eightDaysLater(id)
  await practice.connect.endExpiredConsents(tenant)
  await practice.connectAccount({ org: 'expiry', user, accountId: account, duration: 'open' })
  expect(await getAccount(tenant, id)).toMatchObject({
    status: 'active',
    connection: { expires_at: null },
  })
  await expect(run(account)).resolves.toMatchObject({ status: 'succeeded' })
})
