// Where more calls were made than can be counted while somebody waits: what is told then, and that it is said to be less.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { callUsage } from './calls.ts'
import { latencyOf } from './latency.ts'
import { chosenRange, recentRange, type UsageRange } from './range.ts'
import { rollUsage } from './roll.ts'
import { volumesOf } from './volumes.ts'

const hour = 3_600_000
const day = 24 * hour
const now = new Date(Math.floor(Date.now() / day) * day - day + 13 * hour + 17 * 60_000)
const today = Math.floor(now.getTime() / day) * day
const ago = (ms: number) => new Date(now.getTime() - ms)
const month = recentRange('30d', now)
let practice: Practice
let superuser: Superuser
let busy: Tenant
let quiet: Tenant

/** So many calls that succeeded, evenly from one moment until another. */
const made = (tenant: Tenant, calls: number, from: Date, until: Date) =>
  superuser.tamper(
    `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type, actor_id, status,
       scopes_required, scopes_granted, decision, params_hmac, trace_id, duration_ms, created_at)
     SELECT $1, (lpad(to_hex(ms), 12, '0') || '7' || substr(x, 1, 3) || '8' || substr(x, 4, 15))::uuid,
       $1, $1, $1, 'sandbox.list_tasks', 'read', 'api_key', 'seed', 'succeeded', '{}', '{}', '{}', '', '', 40,
       to_timestamp(ms / 1000.0)
     FROM (SELECT md5(random()::text) AS x, ($3::float8 + n * ($4::float8 - $3::float8) / $2)::bigint AS ms FROM generate_series(0, $2::int - 1) n) one`,
    [tenant.orgId, calls, from.getTime(), until.getTime()],
  )

const told = async (tenant: Tenant, range: UsageRange = month) => {
  const { toldThrough, total, steps } = await callUsage(tenant, range, {})
  const latency = await latencyOf(tenant, range, {})
  const calls = total.succeeded
  expect(steps.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(calls)
  expect(
    latency.reduce((sum, one) => sum + one.calls, 0),
    'latency is of the same calls',
  ).toBe(calls)
  return { toldThrough, calls }
}

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  for (const org of ['busy', 'quiet']) await practice.session({ org_id: org, user_id: 'ana' })
  busy = await practice.tenant('busy')
  quiet = await practice.tenant('quiet')
  await made(busy, 5_000, ago(20 * day), ago(5 * day))
  await made(busy, 95_000, ago(20 * hour), ago(14 * hour))
  await made(quiet, 10, ago(2 * day), ago(hour))
}, 60_000)
afterAll(() => practice.stop())

it('a hundred thousand calls are counted while somebody waits', async () => {
  expect(await told(busy)).toEqual({ toldThrough: null, calls: 100_000 })
})

it('one call more, and what is not counted by the hour yet is left out, which is said', async () => {
  await made(busy, 1, ago(15 * hour), ago(14 * hour))
  expect(await told(busy)).toEqual({ toldThrough: new Date(0), calls: 0 })
  expect((await volumesOf(busy, now)).days, 'no forecast rests on days that are not counted').toEqual([])
  expect(await told(quiet), 'another org is not behind for it').toEqual({ toldThrough: null, calls: 10 })
})

it('is told as far as the worker has counted', async () => {
  await made(busy, 10_000, ago(20 * hour), ago(14 * hour))
  await rollUsage(busy, ago(4 * day))
  const through = new Date(Math.floor(ago(4 * day).getTime() / hour) * hour)
  expect(await told(busy)).toEqual({ toldThrough: through, calls: 5_000 })
  const { days, calls } = await volumesOf(busy, now)
  expect(days.at(-1)).toEqual(new Date(today - 5 * day))
  expect(days).toHaveLength(calls.length)
  const before = chosenRange(ago(25 * day), ago(4.5 * day))
  if (typeof before === 'string') throw new Error(before)
  expect(await told(busy, before), 'a time that is all counted is told whole').toEqual({
    toldThrough: null,
    calls: 5_000,
  })
})

it('is told whole once the worker has come through, an hour at a time', async () => {
  // Four days and the hours of today would be five steps: the busy day takes more.
  expect(await rollUsage(busy, now)).toBeGreaterThan(5)
  expect(await told(busy)).toEqual({ toldThrough: null, calls: 110_001 })
  expect((await volumesOf(busy, now)).days.at(-1)).toEqual(new Date(today - day))
})
