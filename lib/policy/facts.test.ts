import { expect, test } from 'vitest'
import { emailDomains } from './facts.ts'
import { localTime } from './local-time.ts'

test.each([
  ['2026-11-20T22:30:00Z', 'Europe/Berlin', '2026-11-20', 5, 23, 30, '2026-11-15T23:00:00.000Z'],
  ['2026-11-22T23:30:00Z', 'Europe/Berlin', '2026-11-23', 1, 0, 30, '2026-11-22T23:00:00.000Z'],
  ['2026-11-20T22:30:00Z', 'Asia/Kathmandu', '2026-11-21', 6, 4, 15, '2026-11-15T18:15:00.000Z'],
  ['2026-11-20T00:00:00Z', 'UTC', '2026-11-20', 5, 0, 0, '2026-11-16T00:00:00.000Z'],
  ['2026-11-20T02:00:00Z', 'America/New_York', '2026-11-19', 4, 21, 0, '2026-11-16T05:00:00.000Z'],
])('%s in %s is what clocks there show', (utc, zone, date, weekday, hour, minute, week_start) => {
  expect(localTime(new Date(utc), zone)).toEqual({ date, weekday, hour, minute, week_start })
})

test('a week that clocks changed in began at its own midnight, whichever offset holds now', () => {
  // Berlin leaves summer time on Sunday 25 October 2026 at 01:00 UTC.
  expect(localTime(new Date('2026-10-25T12:00:00Z'), 'Europe/Berlin').week_start).toBe(
    '2026-10-18T22:00:00.000Z',
  )
  // Cairo's clocks skip midnight itself on Friday 24 April 2026; its week began before.
  expect(localTime(new Date('2026-04-24T12:00:00Z'), 'Africa/Cairo')).toMatchObject({
    hour: 15,
    week_start: '2026-04-19T22:00:00.000Z',
  })
})

test('names the domain of every address, wherever in the params it stands and however it is written', () => {
  expect(
    emailDomains({
      to: ['Ana <ana@Acme.Test>', 'ben@partner.example.'],
      nested: { cc: 'x@a.test, y@b.test;z@a.test' },
      body: 'no address here @ all',
      count: 3,
      none: null,
    }),
  ).toEqual(['a.test', 'acme.test', 'b.test', 'partner.example'])
  expect(emailDomains({ url: 'https://user@evil.example/path' })).toEqual(['evil.example'])
  expect(emailDomains(null)).toEqual([])
})

test.each([
  ['"ben"@evil.test', ['evil.test']],
  ['"a@acme.test"@evil.test', ['acme.test', 'evil.test']],
  ['ben @evil.test', ['evil.test']],
  ['ben@ evil.test', ['evil.test']],
  ['ben@(a(b)c)evil.test', ['evil.test']],
  ['Ana (ana@evil.test) <ana@acme.test>', ['acme.test', 'evil.test']],
  ['ben@[192.0.2.7]', ['[192.0.2.7]']],
  ['ben\uFF20evil.test', ['evil.test']],
  ['ben@еxample.test', ['еxample.test']],
  ['root@localhost', ['localhost']],
  ['seen by @ana and @ben, (see @carl) @ 5.30', []],
])('an address that is written as %j has its domain', (text, domains) => {
  expect(emailDomains({ to: text })).toEqual(domains)
})

test('looking for addresses takes no longer than the text is long', () => {
  const started = performance.now()
  for (const text of [
    '@'.repeat(500_000),
    `${'('.repeat(500_000)}@`,
    '@ '.repeat(250_000),
    'a@'.repeat(250_000),
  ])
    emailDomains(text)
  expect(performance.now() - started).toBeLessThan(5_000)
})
