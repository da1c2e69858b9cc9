// How far connect sessions came: read from days that are written, it is what the sessions say.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { consentUsage } from './consents.ts'
import { sessionsTogether } from './days.ts'
import type { ConsentFunnel } from './funnel.ts'
import type { UsageRange } from './range.ts'
import { rollUsage } from './roll.ts'
import { leaveUtc, type SeededSession, seedSessions } from './testing.ts'

const hour = 3_600_000
const day = 24 * hour
const today = Math.floor(Date.now() / day) * day
const midnight = (days: number) => new Date(today - days * day)
const at = (days: number, hours: number) => new Date(today - days * day + hours * hour)
const span = (since: Date, until: Date): UsageRange => ({ since, until, stepMs: hour })
let practice: Practice
let superuser: Superuser
let acme: Tenant
let globex: Tenant

/** Sessions of thirty days up to three days ago, of every kind and end; each fifth day begins and ends with one. */
const sessions: SeededSession[] = Array.from({ length: 600 }, (_, n): SeededSession => {
  const ends = ['completed', 'declined', 'failed', 'cancelled', 'expired', 'open', 'completed'] as const
  const status = ends[n % ends.length] ?? 'open'
  const edge = n % 25 === 0 ? new Date(today - (3 + (n % 30)) * day - (n % 50 === 0 ? 1 : 0)) : null
  const made = edge ?? new Date(today - 3 * day - ((n * n * 7_919_000) % (30 * day)))
  const connectors = [['sandbox'], ['sandbox', 'github'], [], ['github']][n % 4] ?? []
  const agreed = status === 'completed' || n % 3 === 0 ? [['sandbox', 'github'][n % 2] ?? ''] : []
  // Some were cancelled after they had run out: when their person left, say.
  const late = n % 2 === 0 ? hour : 60_000
  return {
    ...{ at: made, status, connectors, agreed, held: n % 5 !== 0, manage: n % 11 === 0 },
    ...(status === 'cancelled' && { finishedAt: new Date(made.getTime() + late) }),
  }
})

function expected({ since, until }: UsageRange, connector?: string): ConsentFunnel {
  const told: ConsentFunnel = {
    ...{ started: 0, opened: 0, agreed: 0, connected: 0 },
    ...{ declined: 0, failed: 0, cancelled: 0, expired: 0, going: 0 },
  }
  for (const one of sessions) {
    if (one.manage || one.at < since || one.at >= until) continue
    if (connector !== undefined && !one.connectors.includes(connector)) continue
    const connected = one.status === 'completed'
    const agreed = connected || (one.agreed ?? []).some((of) => connector === undefined || of === connector)
    told.started++
    if (one.held || agreed || one.status === 'declined') told.opened++
    if (agreed) told.agreed++
    const ranOut = new Date(one.at.getTime() + 1_800_000)
    const over = one.expiresAt ?? ranOut
    if (connected) told.connected++
    else if (one.status === 'declined' || one.status === 'failed') told[one.status]++
    else if (one.status === 'cancelled' && one.finishedAt && one.finishedAt < over) told.cancelled++
    else if (over <= new Date()) told.expired++
    else told.going++
  }
  return told
}

const spans: Record<string, UsageRange> = {
  quarter: span(midnight(91), midnight(-1)),
  month: span(midnight(29), midnight(-1)),
  'from noon to noon': span(at(25, 12), at(10, 12)),
  'up to the middle of a day': span(midnight(20), at(6, 5)),
  'within a day': span(at(9, 3), at(9, 9)),
  'one day': span(midnight(10), midnight(9)),
}

async function looks(when: string) {
  for (const [name, range] of Object.entries(spans))
    for (const connector of [undefined, 'sandbox', 'github', 'slack'])
      expect(
        (await consentUsage(acme, range, { connector })).funnel,
        `${when}, ${name}, ${connector}`,
      ).toEqual(expected(range, connector))
}

const daysThrough = async () =>
  (await superuser.sql('SELECT days_through FROM usage_marks WHERE org_id = $1', [acme.orgId]))[0]
    ?.days_through

beforeAll(async () => {
  superuser = await useSuperuser()
  await leaveUtc(superuser)
  practice = await startPractice()
  for (const org of ['acme', 'globex']) await practice.session({ org_id: org, user_id: 'ana' })
  acme = await practice.tenant('acme')
  globex = await practice.tenant('globex')
  // The sessions that made the organizations.
  await superuser.tamper('DELETE FROM connect_sessions')
  await seedSessions(superuser, acme, sessions)
  await seedSessions(superuser, globex, sessions.slice(0, 50))
}, 60_000)
afterAll(() => practice.stop())

it('sessions and days tell the same, at whatever edges', async () => {
  await looks('from sessions')
  await rollUsage(acme, new Date(today - 12 * day))
  expect(await daysThrough()).toEqual(midnight(14))
  await looks('while some days are written')
  await rollUsage(acme)
  expect(await daysThrough()).toEqual(midnight(2))
  await looks('from days')
  await rollUsage(globex)
  await looks('beside another org')
})

it('what was written of a day is what is read of it, without a look at its sessions', async () => {
  const { since, until } = spans['one day'] as UsageRange
  const become = (kind: string) =>
    superuser.tamper(
      `UPDATE connect_sessions SET kind = $4 WHERE org_id = $1 AND created_at >= $2 AND created_at < $3
       AND kind <> 'manage' OR org_id = $1 AND kind = 'gone'`,
      [acme.orgId, since, until, kind],
    )
  await superuser.sql('ALTER TABLE connect_sessions DROP CONSTRAINT connect_sessions_kind_check')
  expect(await become('gone')).toBeGreaterThan(5)
  for (const name of ['one day', 'month'])
    expect((await consentUsage(acme, spans[name] as UsageRange, {})).funnel).toEqual(
      expected(spans[name] as UsageRange),
    )
  await become('connect')
})

it('one that had run out when it was cancelled ran out, whether its day is written or not', async () => {
  await superuser.tamper(
    `UPDATE connect_sessions SET status = 'cancelled', finished_at = now()
     WHERE org_id = $1 AND status = 'open' AND expires_at <= now()`,
    [acme.orgId],
  )
  await looks('from days')
  const after = at(1, 0)
  const late: SeededSession = {
    at: after,
    status: 'cancelled',
    connectors: [],
    finishedAt: new Date(+after + hour),
  }
  sessions.push(late)
  await seedSessions(superuser, acme, [late])
  await looks('from sessions')
})

it('a day is not written before each of its sessions is over', async () => {
  const open: SeededSession = {
    ...{ at: at(2, 12), status: 'awaiting_confirmation', connectors: ['github'], agreed: ['github'] },
    expiresAt: new Date(Date.now() + 10 * 60_000),
  }
  const [id] = await seedSessions(superuser, acme, [open])
  sessions.push(open)
  const tomorrow = new Date(today + 1.5 * day)
  await rollUsage(acme, tomorrow)
  expect(await daysThrough()).toEqual(midnight(2))
  expect(expected(spans.month as UsageRange).going).toBe(1)
  await looks('while it is open')
  await superuser.tamper(
    `UPDATE connect_sessions SET status = 'completed', finished_at = now() WHERE id = $1`,
    [id],
  )
  open.status = 'completed'
  await rollUsage(acme, tomorrow)
  expect(await daysThrough()).toEqual(midnight(1))
  await looks('when it is over')
})

it('days with many sessions are written one at a time, each in a transaction of its own', async () => {
  await practice.session({ org_id: 'busy', user_id: 'ana' })
  const busy = await practice.tenant('busy')
  const made = (days: number): SeededSession => ({ at: at(days, 6), status: 'expired', connectors: [] })
  await seedSessions(superuser, busy, [made(8), made(5)])
  await rollUsage(busy)
  await superuser.sql('DELETE FROM usage_consent_days WHERE org_id = $1', [busy.orgId])
  await superuser.sql('UPDATE usage_marks SET days_through = NULL WHERE org_id = $1', [busy.orgId])
  await seedSessions(superuser, busy, Array<SeededSession>(sessionsTogether).fill(made(6)))
  // Up to the day that has them one by one, and what is left together.
  expect(await rollUsage(busy)).toBe(4)
  const { funnel } = await consentUsage(busy, span(midnight(9), midnight(3)), {})
  expect(funnel).toMatchObject({ started: sessionsTogether + 2, expired: sessionsTogether + 2 })
})
