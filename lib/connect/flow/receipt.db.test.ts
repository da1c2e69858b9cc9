import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyReceipt } from '#lib/consent'
import { parseId } from '#lib/ids'
import { publishedKeys } from '#lib/signing'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { receiptFile, sessionReceipt } from '../receipts.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())

const keys = async () => (await publishedKeys()).map(({ jwk }) => jwk)

async function currentConnection(account: string | null): Promise<string> {
  const [row] = await superuser.sql<{ id: string }>(
    'SELECT current_connection_id AS id FROM connected_accounts WHERE id = $1',
    [parseId('connected_account', account ?? '')],
  )
  return row?.id ?? ''
}

test('every consent has its receipt from the moment it is real: what was asked, granted and refused', async () => {
  const { connected_account_id } = await practice.connectAccount({
    org: 'acme',
    user: 'u_1',
    scopes: ['tasks:read', 'tasks:write'],
    grant: ['openid', 'profile', 'tasks:read'],
  })
  const tenant = await practice.tenant('acme')
  const id = await currentConnection(connected_account_id)
  for (const format of ['json', 'html', 'jws'] as const) {
    const { body } = await receiptFile(tenant, id, format)
    const report = await verifyReceipt(Buffer.from(body), await keys())
    expect(report).toMatchObject({ kind: format, problems: [], published: true })
    expect(report.receipt).toMatchObject({
      org_id: 'acme',
      sub: 'u_1',
      connected_account_id,
      scopes_requested: expect.arrayContaining(['tasks:read', 'tasks:write']),
      scopes_granted: ['tasks:read'],
      provider_account: { label: 'ana@acme.test' },
      confirmation: { method: 'host' },
    })
  }
  const [row] = await superuser.sql<{ consent_text: string }>(
    'SELECT consent_text FROM connections WHERE id = $1',
    [id],
  )
  const { receipt } = await verifyReceipt(
    Buffer.from((await receiptFile(tenant, id, 'json')).body),
    await keys(),
  )
  expect(receipt?.consent_text).toBe(row?.consent_text)
})

test('a consent that was given elsewhere has a receipt that says so', async () => {
  const { access_token } = await practice.tokensElsewhere()
  const { importInput } = await import('#lib/consent/schema')
  const { account } = await practice.connect.importAccount(
    practice.caller,
    importInput.parse({
      org_id: 'acme',
      user_id: 'u_imported',
      connector: 'sandbox',
      tokens: { access_token },
    }),
    origin,
  )
  const { body } = await receiptFile(
    await practice.tenant('acme'),
    await currentConnection(account.id),
    'json',
  )
  const { receipt, problems } = await verifyReceipt(Buffer.from(body), await keys())
  expect(problems).toEqual([])
  expect(receipt).toMatchObject({
    confirmation: { method: 'import' },
    event: { event_type: 'consent_given_elsewhere' },
    purposes: [{ collection_method: 'import' }],
  })
})

test('a consent that is made smaller has a receipt of its own, and the one before keeps its', async () => {
  const { connected_account_id } = await practice.connectAccount({
    org: 'acme',
    user: 'u_narrowed',
    scopes: ['tasks:read', 'tasks:write'],
  })
  const tenant = await practice.tenant('acme')
  const before = await currentConnection(connected_account_id)
  const account = parseId('connected_account', connected_account_id ?? '') ?? ''
  await practice.connect.narrow(tenant, practice.caller, account, { scopes: ['tasks:read'] }, origin)
  const after = await currentConnection(connected_account_id)
  expect(after).not.toBe(before)
  const [first, second] = await Promise.all(
    [before, after].map(async (id) => {
      const { body } = await receiptFile(tenant, id, 'json')
      return (await verifyReceipt(Buffer.from(body), await keys())).receipt
    }),
  )
  expect(first?.scopes_granted).toContain('tasks:write')
  expect(second).toMatchObject({
    scopes_granted: ['tasks:read'],
    scopes_refused: ['tasks:write'],
    previous_connection_id: first?.record_id,
    confirmation: { method: 'narrowed' },
  })
})

test('a receipt is another organization’s in no way, and nobody but the browser that finished sees it', async () => {
  const { id: sessionId, connected_account_id } = await practice.connectAccount({ org: 'acme', user: 'u_2' })
  await practice.session({ org_id: 'globex', user_id: 'u_1' })
  const [acme, globex] = [await practice.tenant('acme'), await practice.tenant('globex')]
  const id = await currentConnection(connected_account_id)
  await expect(receiptFile(globex, id, 'json')).rejects.toMatchObject({ code: 'not_found' })
  const flow = { session: sessionId }
  const opened = await practice.connect.openFlow(sessionId, flow)
  await expect(sessionReceipt(opened, flow)).rejects.toMatchObject({ code: 'session_used' })
  expect(await sessionReceipt(opened, { ...flow, finished: true })).toMatchObject({
    state: 'issued',
    connectionId: id,
  })
  expect(acme.orgId).not.toBe(globex.orgId)
})

test('where no receipt can be kept, nothing becomes real', async () => {
  await superuser.sql('ALTER TABLE receipts ADD CONSTRAINT none CHECK (false) NOT VALID')
  await expect(practice.connectAccount({ org: 'acme', user: 'u_unsigned' })).rejects.toThrow()
  await superuser.sql('ALTER TABLE receipts DROP CONSTRAINT none')
  const rows = await superuser.sql(
    `SELECT FROM connected_accounts a JOIN end_users u ON u.id = a.user_id WHERE u.external_id = 'u_unsigned'`,
  )
  expect(rows).toEqual([])
})
