// Days that are written: whatever is read from them is what hours, and the calls themselves, say.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { callUsage } from './calls.ts'
import { latencyOf } from './latency.ts'
import { recentRange, type UsageRange } from './range.ts'
import { rollUsage } from './roll.ts'
import type { UsageFilter } from './source.ts'
import { leaveUtc, type SeededCall, seedCalls } from './testing.ts'
import { volumesOf } from './volumes.ts'

const hour = 3_600_000
const day = 24 * hour
/** Some minutes past an hour, in the middle of a day. */
const now = new Date(Math.floor(Date.now() / day) * day - day + 13 * hour + 17 * 60_000)
const today = Math.floor(now.getTime() / day) * day
const ago = (ms: number) => new Date(now.getTime() - ms)
const midnight = (days: number) => new Date(today - days * day)
const [billing, support] = [randomUUID(), randomUUID()]
const tables = ['usage_days', 'usage_outcome_days', 'usage_agent_days', 'usage_duration_days']
let practice: Practice
let superuser: Superuser
let acme: Tenant
let globex: Tenant

/** Calls over fifty days, spread without chance; some fall on the first and the last moment of a day. */
const spread = (): SeededCall[] =>
  Array.from({ length: 1200 }, (_, n): SeededCall => {
    const status = n % 17 === 0 ? 'denied' : n % 13 === 0 ? 'failed' : n % 101 === 0 ? 'unknown' : 'succeeded'
    const at =
      n % 10 === 0
        ? new Date(today - (n % 50) * day - (n % 20 === 0 ? 1 : 0))
        : ago((n * n * 1_601) % (50 * day))
    return {
      at,
      status,
      tool: ['sandbox.list_tasks', 'sandbox.delete_task', 'github.list_issues'][n % 3] ?? '',
      agent: [billing, support, null][n % 7 < 4 ? 0 : n % 7 < 6 ? 1 : 2] ?? null,
      ...(status === 'denied' && { reason: n % 34 === 0 ? 'policy_denied' : 'rate_limited' }),
      ...(status === 'failed' && { reason: 'upstream_error' }),
      ...(status !== 'denied' && { ms: 20 + ((n * 37) % 900) }),
    }
  })

const span = (since: Date, until: Date, stepMs: number): UsageRange => ({ since, until, stepMs })
const at = (days: number, hours: number) => new Date(today - days * day + hours * hour)

/** With the middle of a day at one end, at both and at none; within a day; before the first call and up to today. */
const spans: Record<string, UsageRange> = {
  day: recentRange('24h', now),
  week: recentRange('7d', now),
  month: recentRange('30d', now),
  quarter: span(midnight(91), midnight(-1), day),
  'from noon to noon': span(at(30, 12), at(10, 12), day),
  'up to the middle of a day': span(midnight(20), at(6, 5), day),
  'from the middle of a day': span(at(20, 23), midnight(8), day),
  'within a day': span(at(9, 3), at(9, 9), hour),
  'one day': span(midnight(9), midnight(8), hour),
  'two days, none of them whole': span(at(9, 1), at(8, 23), hour),
}
const filters: Record<string, UsageFilter> = {
  all: {},
  agent: { agent: publicId('agent', support) },
  product: { agent: 'product' },
  connector: { connector: 'github' },
  both: { agent: publicId('agent', billing), connector: 'sandbox' },
  stranger: { agent: publicId('agent', randomUUID()) },
}

/** Everything that is told of an org's calls. */
async function told(tenant: Tenant) {
  const found: Record<string, unknown> = { volumes: await volumesOf(tenant, now) }
  for (const [of, range] of Object.entries(spans))
    for (const [by, filter] of Object.entries(filters)) {
      const { lines, agents, ...calls } = await callUsage(tenant, range, filter)
      const latency = await latencyOf(tenant, range, filter)
      found[`${of}, ${by}`] = {
        ...calls,
        lines: lines.map(({ status, reason, calls: n }) => `${status} ${reason} ${n}`).sort(),
        agents: agents.map((one) => JSON.stringify(one)).sort(),
        latency: latency.map((one) => JSON.stringify(one)).sort(),
      }
    }
  return found
}

const rowsOf = async (table: string) =>
  (await superuser.sql(`SELECT count(*)::int AS n FROM ${table} WHERE org_id = $1`, [acme.orgId]))[0]?.n
const daysThrough = async () =>
  (await superuser.sql('SELECT days_through FROM usage_marks WHERE org_id = $1', [acme.orgId]))[0]
    ?.days_through

/** As an earlier version left it: hours, and no days. */
async function forgetDays() {
  for (const table of [...tables, 'usage_consent_days'])
    await superuser.sql(`DELETE FROM ${table} WHERE org_id = $1`, [acme.orgId])
  await superuser.sql('UPDATE usage_marks SET days_through = NULL WHERE org_id = $1', [acme.orgId])
}

let fromCalls: Awaited<ReturnType<typeof told>>

beforeAll(async () => {
  superuser = await useSuperuser()
  await leaveUtc(superuser)
  practice = await startPractice()
  for (const org of ['acme', 'globex']) await practice.session({ org_id: org, user_id: 'ana' })
  acme = await practice.tenant('acme')
  globex = await practice.tenant('globex')
  await superuser.sql(
    `INSERT INTO tool_costs (org_id, id, tool_name, units) VALUES ($1, gen_random_uuid(), 'github.list_issues', 7),
     ($1, gen_random_uuid(), 'sandbox.delete_task', 0)`,
    [acme.orgId],
  )
  await seedCalls(superuser, acme, spread())
  await seedCalls(superuser, globex, spread().slice(0, 300))
  fromCalls = await told(acme)
}, 60_000)
afterAll(() => practice.stop())

it('calls, hours and days tell the same, at whatever edges', async () => {
  await rollUsage(acme, ago(12 * day))
  expect(await daysThrough()).toEqual(midnight(14))
  expect(
    await told(acme),
    'while some days are written, some hours are counted and some calls are neither',
  ).toEqual(fromCalls)
  await rollUsage(acme, now)
  expect(await daysThrough()).toEqual(midnight(2))
  expect(await told(acme)).toEqual(fromCalls)
  await forgetDays()
  expect(await told(acme), 'from hours alone, as after an upgrade').toEqual(fromCalls)
  await rollUsage(acme, now)
  expect(await daysThrough()).toEqual(midnight(2))
  expect(await told(acme), 'from days written after an upgrade').toEqual(fromCalls)
})

it('what was written of a day is what is read of it', async () => {
  const month = spans.month as UsageRange
  const looks: Record<string, () => Promise<number>> = {
    usage_outcome_days: async () => (await callUsage(acme, month, {})).total.succeeded,
    usage_agent_days: async () =>
      (await callUsage(acme, month, {})).agents.reduce((n, { calls }) => n + calls, 0),
    usage_days: async () =>
      (await callUsage(acme, month, { connector: 'github' })).agents.reduce((n, one) => n + one.units, 0),
    usage_duration_days: async () =>
      (await latencyOf(acme, month, {})).reduce((n, { calls }) => n + calls, 0),
  }
  for (const [table, look] of Object.entries(looks)) {
    const before = await look()
    const add = (n: number) =>
      superuser.sql(`UPDATE ${table} SET calls = calls + $3 WHERE org_id = $1 AND day = $2`, [
        acme.orgId,
        midnight(9),
        n,
      ])
    await add(100_000)
    expect(await look(), table).toBeGreaterThan(before + 99_000)
    await add(-100_000)
  }
})

it('days that two workers write at once are written once', async () => {
  await superuser.sql('DELETE FROM usage_hours WHERE org_id = $1', [acme.orgId])
  await superuser.sql('DELETE FROM usage_durations WHERE org_id = $1', [acme.orgId])
  await forgetDays()
  await superuser.sql('DELETE FROM usage_marks WHERE org_id = $1', [acme.orgId])
  await Promise.all([rollUsage(acme, now), rollUsage(acme, now), rollUsage(acme, now)])
  expect(await told(acme)).toEqual(fromCalls)
})

it('a worker that ends in the middle of its days leaves none of them half', async () => {
  await forgetDays()
  await superuser.sql(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'ended'; END $$`,
  )
  await superuser.sql(`CREATE TRIGGER refuse BEFORE INSERT ON usage_duration_days FOR EACH ROW
    WHEN (NEW.day >= '${midnight(20).toISOString()}') EXECUTE FUNCTION refuse()`)
  await expect(rollUsage(acme, now)).rejects.toThrow()
  expect(await rowsOf('usage_days'), 'the days before are kept').toBeGreaterThan(0)
  expect(await told(acme)).toEqual(fromCalls)
  await superuser.sql('DROP TRIGGER refuse ON usage_duration_days')
  await rollUsage(acme, now)
  expect(await daysThrough()).toEqual(midnight(2))
  expect(await told(acme)).toEqual(fromCalls)
})

it('of one org are never told of another', async () => {
  const before = await told(acme)
  await rollUsage(globex, now)
  expect(await told(acme)).toEqual(before)
  for (const table of tables) {
    const seen = await forOrg(globex, (tx) => tx.$queryRawUnsafe(`SELECT DISTINCT org_id FROM ${table}`))
    expect(seen, table).toEqual([{ org_id: globex.orgId }])
  }
})

it('a call whose end becomes known after its hour was counted is told by it, then and once its day is written', async () => {
  const open: SeededCall = {
    at: ago(40 * hour),
    status: 'running',
    tool: 'sandbox.list_tasks',
    agent: billing,
  }
  await seedCalls(superuser, acme, [open])
  const hourOf = new Date(Math.floor(open.at.getTime() / hour) * hour)
  await superuser.sql('UPDATE usage_marks SET through = $2 WHERE org_id = $1', [acme.orgId, hourOf])
  await superuser.sql('DELETE FROM usage_hours WHERE org_id = $1 AND hour >= $2', [acme.orgId, hourOf])
  await superuser.sql('DELETE FROM usage_durations WHERE org_id = $1 AND hour >= $2', [acme.orgId, hourOf])
  await rollUsage(acme, now)
  const total = async () => (await callUsage(acme, spans.month as UsageRange, {})).total
  const before = await total()
  expect(before.running).toBe(1)
  expect(await daysThrough(), 'its day may still change').toEqual(midnight(2))
  await superuser.tamper(
    `UPDATE executions SET status = 'succeeded', duration_ms = 30 WHERE org_id = $1 AND status = 'running'`,
    [acme.orgId],
  )
  await rollUsage(acme, ago(-2 * hour))
  const ended = { ...before, running: 0, succeeded: before.succeeded + 1 }
  expect(await total()).toEqual(ended)
  await rollUsage(acme, ago(-2 * day))
  expect(await daysThrough()).toEqual(midnight(0))
  expect(await total()).toEqual(ended)
})

it('a call that came to its end while no worker ran for days is told by that end', async () => {
  await practice.session({ org_id: 'initech', user_id: 'ana' })
  const initech = await practice.tenant('initech')
  const open = { status: 'running', tool: 'sandbox.list_tasks', agent: billing } as const
  await seedCalls(superuser, initech, [
    { ...open, at: ago(20 * day), status: 'succeeded' },
    { ...open, at: ago(8 * day) },
  ])
  await rollUsage(initech, ago(7 * day))
  await superuser.tamper(
    `UPDATE executions SET status = 'succeeded', duration_ms = 30 WHERE org_id = $1 AND status = 'running'`,
    [initech.orgId],
  )
  await rollUsage(initech, now)
  const { total } = await callUsage(initech, spans.month as UsageRange, {})
  expect(total).toMatchObject({ succeeded: 2, running: 0 })
})

it('refusals of an hour whose audit may be gone are not counted again', async () => {
  await practice.session({ org_id: 'umbrella', user_id: 'ana' })
  const umbrella = await practice.tenant('umbrella')
  const refused = { status: 'denied', tool: 'sandbox.list_tasks', agent: billing, reason: 'x' } as const
  await seedCalls(superuser, umbrella, [
    { ...refused, at: ago(70 * day), status: 'succeeded' },
    { ...refused, at: ago(60 * day) },
    { ...refused, at: ago(60 * day), status: 'running' },
  ])
  await rollUsage(umbrella, ago(59 * day))
  await superuser.tamper('DELETE FROM audit_events WHERE org_id = $1', [umbrella.orgId])
  await rollUsage(umbrella, now)
  expect((await callUsage(umbrella, spans.quarter as UsageRange, {})).total.denied).toBe(1)
})

it('an hour whose day is written is not counted again by a worker whose clock is behind', async () => {
  await rollUsage(acme, ago(-2 * day))
  const made = [acme.orgId, new Date(Math.floor(ago(30 * hour).getTime() / hour) * hour)]
  await superuser.sql(
    `INSERT INTO usage_hours SELECT $1, $2, gen_random_uuid(), 'sandbox.made_up', 'unknown', '', 1`,
    made,
  )
  await rollUsage(acme, now)
  const gone = await superuser.sql(
    `DELETE FROM usage_hours WHERE org_id = $1 AND hour = $2 AND tool_name = 'sandbox.made_up' RETURNING hour`,
    made,
  )
  expect(gone).toHaveLength(1)
})

it('a worker whose clock is ahead counts no hour that is not over yet', async () => {
  await rollUsage(globex, new Date(Date.now() + 3 * day))
  const span = { ...recentRange('24h', new Date()), until: new Date(Date.now() + day) }
  const before = (await callUsage(globex, span, {})).total.succeeded
  const call: SeededCall = { at: new Date(), status: 'succeeded', tool: 'sandbox.list_tasks', agent: null }
  await seedCalls(superuser, globex, [call])
  expect((await callUsage(globex, span, {})).total.succeeded).toBe(before + 1)
})

it('what is older than 400 days is deleted, by the hour and by the day', async () => {
  const [kept, gone] = [new Date(today - 399 * day), new Date(today - 401 * day)]
  const values: Record<string, string> = {
    usage_hours: `gen_random_uuid(), 'a.b', 'succeeded', '', 1`,
    usage_durations: `'a', 1, 1`,
    usage_days: `gen_random_uuid(), 'a.b', 'succeeded', '', 1`,
    usage_outcome_days: `'a', 'succeeded', '', 1`,
    usage_agent_days: 'gen_random_uuid(), 1',
    usage_duration_days: `'a', 1, 1`,
  }
  const old = async (table: string) =>
    (await superuser.sql(`SELECT * FROM ${table} WHERE org_id = $1`, [acme.orgId]))
      .map((row) => (row.hour ?? row.day) as Date)
      .filter((moment) => moment < new Date(today - 398 * day))
  for (const [table, rest] of Object.entries(values))
    for (const moment of [kept, gone])
      await superuser.sql(`INSERT INTO ${table} SELECT $1, $2, ${rest}`, [acme.orgId, moment])
  await rollUsage(acme, now)
  for (const table of Object.keys(values)) expect(await old(table), table).toEqual([kept])
})
