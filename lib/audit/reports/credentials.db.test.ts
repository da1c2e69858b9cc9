import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '#lib/ids'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { accessReport } from './soc2.ts'

let practice: Practice
let superuser: Superuser
let account: string
let id: string
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  await practice.reset()
  account = (await practice.connectAccount({ org: 'acme', user: 'u_1' })).connected_account_id ?? ''
  id = parseId('connected_account', account) ?? ''
})
afterAll(() => practice.stop())

const spans = () =>
  superuser.sql<Record<string, unknown>>(
    `SELECT generation::int, through_generation::int AS through, ended_by, expires_at > now() AS lasts
     FROM credential_spans WHERE account_id = $1 ORDER BY generation`,
    [id],
  )
const change = (set: string) => superuser.sql(`UPDATE credentials SET ${set} WHERE account_id = $1`, [id])
const renew = () => change(`generation = generation + 1, access_expires_at = now() + interval '1 hour'`)

async function lastCall(): Promise<Record<string, unknown>> {
  const period = { since: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' }
  const { sections } = await accessReport(await practice.tenant('acme'), period)
  const [calls] = sections
  let last: Record<string, unknown> = {}
  for await (const row of calls?.rows ?? [])
    last = Object.fromEntries((calls?.columns ?? []).map((name, at) => [name, row[at]]))
  return last
}

test('a token that is renewed in time continues its span; one that had run out, or was given up, begins another', async () => {
  await practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })
  expect(await spans()).toEqual([{ generation: 1, through: 1, ended_by: null, lasts: true }])
  await renew()
  await renew()
  expect(await spans()).toEqual([{ generation: 1, through: 3, ended_by: null, lasts: true }])
  await change(`access_expires_at = now() - interval '1 minute'`)
  await renew()
  const second = { generation: 4, through: 4, ended_by: null, lasts: true }
  expect(await spans()).toEqual([{ generation: 1, through: 3, ended_by: 'renewed', lasts: true }, second])
  await change(`dead_at = now(), dead_reason = 'revoked'`)
  expect((await spans())[1]).toEqual({ ...second, ended_by: 'revoked' })
  await change('generation = generation + 1, dead_at = NULL, dead_reason = NULL')
  expect(await spans()).toHaveLength(3)
  await superuser.sql('DELETE FROM credentials WHERE account_id = $1', [id])
  expect((await spans()).map(({ ended_by }) => ended_by)).toEqual(['renewed', 'revoked', 'destroyed'])
})

test('a call is held against the span it was made in, and the report says where that had ended, or never was', async () => {
  expect(await lastCall()).toMatchObject({ valid: true, credential: '1–3', objections: '' })
  const put = (set: string) => superuser.tamper(`UPDATE credential_spans SET ${set} WHERE generation = 1`)
  await put(`expires_at = obtained_at - interval '1 minute', ended_at = NULL, ended_by = NULL`)
  expect(await lastCall()).toMatchObject({
    valid: false,
    objections: expect.stringContaining('the credential was valid until'),
  })
  await put(`expires_at = NULL, connection_id = gen_random_uuid()`)
  expect(await lastCall()).toMatchObject({ objections: 'the credential was of another consent' })
  await put(`obtained_at = now() + interval '1 day'`)
  expect(await lastCall()).toMatchObject({
    valid: false,
    objections: 'no record of a credential at that time',
  })
})

test('the application ends a span and continues it, and takes none back', async () => {
  const [may] = await superuser.sql(
    `SELECT has_table_privilege('behalf_runtime', 'credential_spans', 'DELETE') AS "delete",
       has_column_privilege('behalf_runtime', 'credential_spans', 'obtained_at', 'UPDATE') AS begin,
       has_column_privilege('behalf_runtime', 'credential_spans', 'ended_at', 'UPDATE') AS "end"`,
  )
  expect(may).toEqual({ delete: false, begin: false, end: true })
})
