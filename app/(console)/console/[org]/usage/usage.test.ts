import { expect, test } from 'vitest'
import { outlookOf } from '#lib/console'
import type { Limit } from '#lib/limits/schema'
import { hrefWith } from '../../href-with.ts'
import { readUsage } from './asked.ts'
import { budgetsOf, nearest } from './budgets.ts'
import * as words from './words.ts'

const now = new Date('2026-11-22T04:20:00Z')
const read = (query: Record<string, string | string[]>) => readUsage(Promise.resolve(query), now)
const counts = (
  given: Partial<Record<'succeeded' | 'failed' | 'unknown' | 'running' | 'denied', number>>,
) => ({
  ...{ succeeded: 0, failed: 0, unknown: 0, running: 0, denied: 0 },
  ...given,
})

test('the time, the filter and the prices are the address, and what is no such thing is said and not used', async () => {
  expect(await read({})).toMatchObject({
    name: '30d',
    filter: {},
    fault: null,
    currency: 'EUR',
    priceFault: null,
  })
  expect((await read({ range: '24h' })).range).toEqual({
    since: new Date('2026-11-21T05:00:00Z'),
    until: new Date('2026-11-22T05:00:00Z'),
    stepMs: 3_600_000,
  })
  expect((await read({ since: '2026-11-01', until: '2026-11-03' })).range).toMatchObject({
    since: new Date('2026-11-01T00:00:00Z'),
    until: new Date('2026-11-04T00:00:00Z'),
  })
  expect((await read({ since: '2026-11-01T05:30', until: '2026-11-01T07:00' })).range).toMatchObject({
    since: new Date('2026-11-01T05:00:00Z'),
    until: new Date('2026-11-01T07:00:00Z'),
  })
  for (const bad of [
    { since: '2020-01-01', until: '2026-01-01' },
    { since: 'soon' },
    { since: '2026-11-03', until: '2026-11-01' },
    { agent: "ag_'; DROP" },
    { connector: '../x' },
  ]) {
    const asked = await read(bad)
    expect(asked.fault, JSON.stringify(bad)).not.toBeNull()
    expect(asked).toMatchObject({ name: '30d', filter: {} })
  }
  expect(await read({ price_call: '0,002', price_seat: '20', currency: 'usd' })).toMatchObject({
    prices: { call: 0.002, event: 0, account: 0, seat: 20 },
    currency: 'USD',
    priceFault: null,
  })
  expect((await read({ price_call: '-1' })).priceFault).toMatch('number')
  expect((await read({ currency: 'E€' })).priceFault).toMatch('three letters')
  expect(hrefWith('/x', { range: '7d', agent: 'product' }, { range: null, since: '__SINCE__' })).toBe(
    '/x?agent=product&since=__SINCE__',
  )
})

test('a share is never rounded to all or to nothing', () => {
  expect(words.percent(9_999_999, 10_000_000)).toBe('99.9%')
  expect(words.percent(1, 10_000_000)).toBe('0.1%')
  expect(words.percent(0, 0)).toBe('0%')
  expect(words.percent(5, 5)).toBe('100%')
  expect(words.percent(972, 1000)).toBe('97.2%')
})

test('a title says what there is to see', () => {
  expect(words.callsFinding(counts({ succeeded: 4005, denied: 115 }))).toBe('97.2% of 4,120 calls succeeded')
  expect(words.callsFinding(counts({}))).toBe('No calls in this time')
  expect(words.callsFinding(counts({ succeeded: 1 }))).toBe('The one call succeeded')
  expect(words.callsFinding(counts({ succeeded: 7 }))).toBe('All 7 calls succeeded')
  expect(words.callsAbout(counts({ succeeded: 7, failed: 2, denied: 1 }))).toBe(
    '1 refused before reaching a provider, 2 failed.',
  )
  expect(words.denialsFinding(4, { reason: 'policy_denied', calls: 3 })).toBe(
    'A policy forbids it: the reason of 75%',
  )
  expect(words.denialsFinding(0, undefined)).toBe('No call was refused')
  expect(words.renewalsFinding({ renewed: 0, held: 0, failed: 0 })).toBe('No credential was due for renewal')
  expect(words.renewalsFinding({ renewed: 98, held: 1, failed: 1 })).toBe('98% of 100 renewals succeeded')
  expect(words.scopesFinding([{ connector: 'x', scope: 'a', asked: 4, granted: 3, refused: 1 }])).toBe(
    '75% of the scopes asked for were granted',
  )
  expect(words.costFinding(10, { name: 'Billing', units: 10 })).toBe('Billing spent all 10 units')
  expect([0.2, 4.4, 999.4, 999.6, 1234, 12_400].map(words.duration)).toEqual([
    'under 1 ms',
    '4 ms',
    '999 ms',
    '1 s',
    '1.2 s',
    '12 s',
  ])
})

test('a forecast says what it rests on, and that it rests on little where it does', () => {
  expect(words.restsOn(outlookOf([]))).toMatch('No whole day has been counted yet')
  expect(words.restsOn(outlookOf([4, 8]))).toBe(
    'Only 2 days of data: too few for a trend, which takes 7. Each day is expected to be as the average so far, 6 calls.',
  )
  const twelve = words.restsOn(outlookOf(Array.from({ length: 12 }, (_, day) => 100 - 2 * day)))
  expect(twelve).toMatch('Calls on day n = 100 − 2 × n')
  expect(twelve).toMatch('days 12 to 41')
  expect(twelve).toMatch('Only 12 days of data')
  expect(words.restsOn(outlookOf(Array(30).fill(5)))).not.toMatch('Only')
})

const limit = (given: Partial<Limit>): Limit => ({
  ...{
    id: 'lim_1',
    org_id: 'acme',
    name: 'budget',
    kind: 'daily_cost',
    most: 100,
    window_seconds: null,
    per: [],
  },
  ...{ agent_id: null, user_id: null, tool_name: null, connector: null, replaces_default: false },
  ...{ created_at: '', updated_at: '', ...given },
})

test('a budget is for all of an agent’s calls, the least of them; one for some of its calls is none', () => {
  const { ofAgent, ofOrg } = budgetsOf(
    [
      limit({ most: 500, name: 'org' }),
      limit({ most: 300, per: ['agent'], name: 'each' }),
      limit({ most: 200, agent_id: 'ag_a', name: 'a' }),
      limit({ most: 5, agent_id: 'ag_a', connector: 'github' }),
      limit({ most: 6, agent_id: 'ag_a', per: ['user'] }),
      limit({ most: 7, kind: 'rate', window_seconds: 60 }),
    ],
    [{ limit_id: null, name: 'calls of a day', kind: 'daily_calls', most: 9, per: [] }],
  )
  expect(ofAgent('ag_a')?.name).toBe('a')
  expect(ofAgent('ag_b')?.name).toBe('each')
  expect(ofAgent(null)?.name).toBe('each')
  expect(ofOrg?.name).toBe('org')
  const day = new Date('2026-11-02T00:00:00Z')
  expect(
    nearest({ name: '', kind: 'daily_cost', most: 100 }, { costliest: { day, units: 120 }, busiest: null }),
  ).toEqual({
    share: 1.2,
    words: '120 of 100 units on 2 Nov, reached',
  })
})
