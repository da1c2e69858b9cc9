import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { type CallStatus, callStatuses, callUsage } from './calls.ts'
import { consentUsage } from './consents.ts'
import { latencyOf } from './latency.ts'
import { chosenRange, recentRange, stepsOf, type UsageRange } from './range.ts'
import { addRenewals, renewalUsage } from './renewals.ts'
import { rollUsage } from './roll.ts'
import type { UsageFilter } from './source.ts'
import { leaveUtc, type SeededCall, seedCalls } from './testing.ts'
import { volumesOf } from './volumes.ts'

const hour = 3_600_000
const day = 24 * hour
/** Some minutes past an hour, in the middle of a day. */
const now = new Date(Math.floor(Date.now() / day) * day - day + 13 * hour + 17 * 60_000)
const [billing, support] = [randomUUID(), randomUUID()]
let practice: Practice
let superuser: Superuser
let acme: Tenant
let globex: Tenant
let seeded: SeededCall[]

const hourOf = (at: Date) => new Date(Math.floor(at.getTime() / hour) * hour)
const range = (name: Parameters<typeof recentRange>[0]) => recentRange(name, now)
const ago = (ms: number) => new Date(now.getTime() - ms)

/** Calls over forty days, spread without chance: by agent, tool, end and duration. */
const spread = (): SeededCall[] =>
  Array.from({ length: 1500 }, (_, n): SeededCall => {
    const status: CallStatus =
      n % 20 === 0 ? 'denied' : n % 13 === 0 ? 'failed' : n % 101 === 0 ? 'unknown' : 'succeeded'
    return {
      at: ago((n * n * 1_601) % (40 * day)),
      status,
      tool: ['sandbox.list_tasks', 'sandbox.delete_task', 'github.list_issues'][n % 3] ?? '',
      agent: [billing, support, null][n % 7 < 4 ? 0 : n % 7 < 6 ? 1 : 2] ?? null,
      ...(status === 'denied' && { reason: n % 40 === 0 ? 'policy_denied' : 'rate_limited' }),
      ...(status === 'failed' && { reason: 'upstream_error' }),
      ...(status !== 'denied' && { ms: 20 + ((n * 37) % 900) }),
    }
  })

beforeAll(async () => {
  superuser = await useSuperuser()
  // Whatever zone a server, an organization or a reader is in: hours and days are those of UTC.
  await leaveUtc(superuser)
  practice = await startPractice()
  const { resolveTenant } = await import('#lib/tenancy')
  await practice.connectAccount({ org: 'acme', user: 'ana', scopes: ['tasks:read', 'tasks:write'] })
  await practice.connectAccount({ org: 'globex', user: 'ana' })
  acme = await resolveTenant(practice.caller, 'acme')
  globex = await resolveTenant(practice.caller, 'globex')
  await superuser.sql(`UPDATE organizations SET timezone = 'Asia/Kolkata' WHERE id = $1`, [acme.orgId])
  const edges = (['24h', '7d', '30d'] as const).flatMap((name) => {
    const { since, until } = range(name)
    return [since, until].flatMap((edge) => [
      new Date(edge.getTime() - 1),
      edge,
      new Date(edge.getTime() + 1),
    ])
  })
  seeded = [
    ...spread(),
    ...edges.map(
      (at): SeededCall => ({ at, status: 'succeeded', tool: 'sandbox.list_tasks', agent: null, ms: 5 }),
    ),
    ...edges.map(
      (at): SeededCall => ({ at, status: 'denied', tool: 'sandbox.list_tasks', agent: billing, reason: 'x' }),
    ),
  ]
  await seedCalls(superuser, acme, seeded)
  const rehearsals = seeded.filter(({ status }) => status === 'denied').slice(0, 9)
  await seedCalls(
    superuser,
    acme,
    rehearsals.map((call) => ({ ...call, rehearsed: true })),
  )
  await seedCalls(superuser, globex, spread().slice(0, 300))
})
afterAll(() => practice.stop())

const within = (
  { since, until }: Pick<UsageRange, 'since' | 'until'>,
  { agent, connector }: UsageFilter = {},
) =>
  seeded.filter(
    (call) =>
      call.at >= since &&
      call.at < until &&
      (agent === undefined || (call.agent === null ? 'product' : publicId('agent', call.agent)) === agent) &&
      (connector === undefined || call.tool.startsWith(`${connector}.`)),
  )

const tally = <Key>(calls: readonly SeededCall[], by: (call: SeededCall) => Key): Map<Key, number> => {
  const counts = new Map<Key, number>()
  for (const call of calls) counts.set(by(call), (counts.get(by(call)) ?? 0) + 1)
  return counts
}

/** Everything that is told of a time, against what was seeded. */
async function expectOracle(span: UsageRange, filter: UsageFilter = {}) {
  const told = await callUsage(acme, span, filter)
  const calls = within(span, filter)
  const statuses = tally(calls, ({ status }) => status)
  expect(told.total).toEqual(Object.fromEntries(callStatuses.map((one) => [one, statuses.get(one) ?? 0])))
  const steps = stepsOf(span)
  expect(told.steps).toHaveLength(steps.length)
  for (const [at, since] of steps.entries()) {
    const inStep = calls.filter(
      (call) => call.at >= since && call.at.getTime() < since.getTime() + span.stepMs,
    )
    const counts = tally(inStep, ({ status }) => status)
    for (const one of callStatuses)
      expect(told.steps[at]?.[one], `${since.toISOString()} ${one}`).toBe(counts.get(one) ?? 0)
  }
  const reasons = tally(
    calls.filter(({ status }) => status === 'denied'),
    ({ reason }) => reason ?? '',
  )
  for (const [reason, n] of reasons)
    expect(
      told.lines
        .filter((line) => line.status === 'denied' && line.reason === reason)
        .reduce((sum, line) => sum + line.calls, 0),
    ).toBe(n)
  return { told, calls }
}

const looks = async () => {
  for (const name of ['24h', '7d', '30d'] as const) await expectOracle(range(name))
  await expectOracle(range('30d'), { agent: publicId('agent', support) })
  await expectOracle(range('30d'), { agent: 'product' })
  await expectOracle(range('7d'), { connector: 'github' })
  const chosen = chosenRange(ago(35 * day), ago(20 * day))
  if (typeof chosen === 'string') throw new Error(chosen)
  await expectOracle(chosen)
}

describe('calls', () => {
  it('are told as they were made, at every edge, before anything is counted by the hour', looks)

  it('are told alike once hours are counted, while some are, and with what came since', async () => {
    await rollUsage(acme, ago(9 * day))
    await looks()
    await rollUsage(acme, now)
    await looks()
    const counted = await superuser.sql('SELECT count(*)::int AS n FROM usage_hours WHERE org_id = $1', [
      acme.orgId,
    ])
    expect(counted[0]?.n).toBeGreaterThan(500)
    const late: SeededCall = {
      at: ago(60_000),
      status: 'succeeded',
      tool: 'sandbox.list_tasks',
      agent: null,
      ms: 9,
    }
    await seedCalls(superuser, acme, [late])
    seeded.push(late)
    await looks()
    // Counting once more changes nothing.
    await rollUsage(acme, now)
    await looks()
  })

  it('whose end becomes known after their hour was counted are told by their end', async () => {
    await rollUsage(acme, now)
    const open: SeededCall = {
      at: ago(5 * hour),
      status: 'unknown',
      tool: 'sandbox.delete_task',
      agent: billing,
      reason: 'timeout',
    }
    await seedCalls(superuser, acme, [open])
    await superuser.sql('UPDATE usage_marks SET through = $2 WHERE org_id = $1', [
      acme.orgId,
      hourOf(ago(30 * hour)),
    ])
    seeded.push(open)
    await rollUsage(acme, now)
    await expectOracle(range('24h'))
    await superuser.tamper(
      `UPDATE executions SET status = 'succeeded', error_code = NULL, duration_ms = 30 WHERE org_id = $1 AND status = 'unknown'
       AND created_at > $2`,
      [acme.orgId, ago(40 * hour)],
    )
    for (const call of seeded) {
      if (call.status === 'unknown' && call.at > ago(40 * hour))
        Object.assign(call, { status: 'succeeded', ms: 30 })
    }
    await rollUsage(acme, now)
    await expectOracle(range('24h'))
    await expectOracle(range('7d'))
  })

  it('of one org are never told of another', async () => {
    await rollUsage(globex, now)
    await looks()
    const { usageEverywhere } = await import('#lib/db')
    const { since, until } = range('7d')
    const all = await usageEverywhere(since, until)
    const own = all.find(({ orgId }) => orgId === acme.orgId)
    const counted = new Date(Math.floor(now.getTime() / hour) * hour)
    expect(own?.through).toEqual(counted)
    const statuses = tally(within({ since, until: counted }), ({ status }) => status)
    expect(own).toMatchObject({
      succeeded: statuses.get('succeeded'),
      failed: statuses.get('failed'),
      denied: statuses.get('denied'),
    })
    const { forOrg } = await import('#lib/db')
    for (const table of ['usage_hours', 'usage_durations', 'usage_marks'])
      expect(
        await forOrg(globex, (tx) => tx.$queryRawUnsafe(`SELECT DISTINCT org_id FROM ${table}`)),
        table,
      ).toEqual([{ org_id: globex.orgId }])
  })

  it('cost what their tools cost, by agent and day; refusals cost nothing', async () => {
    await superuser.sql(
      `INSERT INTO tool_costs (org_id, id, tool_name, units) VALUES ($1, gen_random_uuid(), 'github.list_issues', 7),
       ($1, gen_random_uuid(), 'sandbox.delete_task', 0)`,
      [acme.orgId],
    )
    const units = ({ tool }: SeededCall) =>
      tool === 'github.list_issues' ? 7 : tool === 'sandbox.delete_task' ? 0 : 1
    const { told, calls } = await expectOracle(range('30d'))
    const made = calls.filter(({ status }) => status !== 'denied')
    for (const [agent, id] of [
      [billing, publicId('agent', billing)],
      [support, publicId('agent', support)],
      [null, null],
    ] as const) {
      const own = made.filter((call) => call.agent === agent)
      const byDay = new Map<number, number>()
      for (const call of own) {
        const of = Math.floor(call.at.getTime() / day)
        byDay.set(of, (byDay.get(of) ?? 0) + units(call))
      }
      const line = told.agents.find((one) => one.agent === id)
      expect(line?.calls).toBe(own.length)
      expect(line?.units).toBe(own.reduce((sum, call) => sum + units(call), 0))
      expect(line?.costliest.units).toBe(Math.max(...byDay.values()))
      expect(byDay.get((line?.costliest.day.getTime() ?? 0) / day)).toBe(line?.costliest.units)
    }
    expect(told.busiest?.calls).toBe(
      Math.max(...tally(made, ({ at }) => Math.floor(at.getTime() / day)).values()),
    )
  })
})

it('a percentile of how long calls took is told within 9 percent, from counts and from calls alike', async () => {
  for (const name of ['24h', '30d'] as const) {
    const told = await latencyOf(acme, range(name), {})
    expect(told.map(({ connector }) => connector).sort()).toEqual(['github', 'sandbox'])
    for (const { connector, calls, p95Ms, p50Ms } of told) {
      const took = within(range(name), { connector })
        .filter(({ status, ms }) => ['succeeded', 'failed'].includes(status) && ms !== undefined)
        .map(({ ms }) => ms ?? 0)
        .sort((a, b) => a - b)
      expect(calls).toBe(took.length)
      const exact = (share: number) => took[Math.ceil(took.length * share) - 1] ?? 0
      expect(Math.abs(p95Ms - exact(0.95)) / exact(0.95)).toBeLessThan(0.09)
      expect(Math.abs(p50Ms - exact(0.5)) / exact(0.5)).toBeLessThan(0.09)
    }
  }
})

it('whole days are what a forecast rests on: today, and days before the first call, are none of them', async () => {
  const { days, calls, seats, accounts } = await volumesOf(acme, now)
  expect(days).toHaveLength(30)
  const today = Math.floor(now.getTime() / day) * day
  for (const [at, first] of days.entries()) {
    expect(first.getTime()).toBe(today - (30 - at) * day)
    const made = within({ since: first, until: new Date(first.getTime() + day) })
    expect(calls[at]).toBe(made.filter(({ status }) => status !== 'denied').length)
  }
  expect(accounts).toBe(1)
  expect(seats).toBe(0)
  const young = await volumesOf(globex, new Date(Date.now() - 45 * day))
  expect(young.days).toEqual([])
})

it('renewals are told as they ended: renewed, held, failed, and of one org alone', async () => {
  await addRenewals(acme, 'github', 'held', 3)
  await addRenewals(acme, 'github', 'held', 2)
  await addRenewals(globex, 'github', 'failed', 40)
  const expire = () =>
    superuser.tamper(
      `UPDATE credentials SET access_expires_at = now() - interval '1 second' WHERE org_id = $1`,
      [acme.orgId],
    )
  await expire()
  const [account] = await superuser.sql('SELECT id FROM connected_accounts WHERE org_id = $1', [acme.orgId])
  await practice.execute({
    connected_account_id: publicId('connected_account', String(account?.id)),
    tool_name: 'sandbox.list_tasks',
    params: {},
  })
  const told = () => renewalUsage(acme, recentRange('24h', new Date()), {})
  await vi.waitFor(async () => expect((await told()).total.renewed).toBe(1), { timeout: 10_000 })
  const { total, connectors, steps, now: credentials } = await told()
  expect(total).toEqual({ renewed: 1, held: 5, failed: 0 })
  expect(steps.at(-1)).toEqual(total)
  expect(connectors).toEqual([
    { connector: 'github', counts: { renewed: 0, held: 5, failed: 0 } },
    { connector: 'sandbox', counts: { renewed: 1, held: 0, failed: 0 } },
  ])
  const none = { count: 0, more: false }
  expect(credentials).toEqual({ well: { count: 1, more: false }, held: none, dead: none })
  expect(
    (await renewalUsage(acme, recentRange('24h', new Date()), { connector: 'sandbox' })).total.held,
  ).toBe(0)
})

it('the way through the connect flow and what was granted of what was asked are told as the sessions ended', async () => {
  const today = recentRange('24h', new Date())
  const before = await consentUsage(acme, today, {})
  expect(before.funnel).toMatchObject({ started: 1, opened: 1, agreed: 1, connected: 1, declined: 0 })
  expect(before.scopes).toEqual([
    { connector: 'sandbox', scope: 'tasks:read', asked: 1, granted: 1, refused: 0 },
    { connector: 'sandbox', scope: 'tasks:write', asked: 1, granted: 1, refused: 0 },
  ])
  await practice.session({ org_id: 'acme', user_id: 'bob' })
  await practice.connectAccount({
    org: 'acme',
    user: 'cyn',
    person: 'ben',
    scopes: ['tasks:read', 'tasks:write'],
    grant: ['tasks:read'],
  })
  const declined = await practice.session({ org_id: 'acme', user_id: 'dan' })
  await superuser.tamper(`UPDATE connect_sessions SET status = 'declined' WHERE id = $1`, [
    declined.id.slice(3).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  ])
  const { funnel, scopes } = await consentUsage(acme, today, {})
  expect(funnel).toEqual({
    ...{ started: 4, opened: 3, agreed: 2, connected: 2 },
    ...{ declined: 1, failed: 0, cancelled: 0, expired: 0, going: 1 },
  })
  expect(scopes).toContainEqual({
    connector: 'sandbox',
    scope: 'tasks:write',
    asked: 2,
    granted: 1,
    refused: 0,
  })
  expect((await consentUsage(acme, today, { connector: 'github' })).funnel.started).toBe(0)
  expect((await consentUsage(globex, today, {})).funnel.started).toBe(1)
})
