import { describe, expect, it } from 'vitest'
import { publicId } from '#lib/ids'
import { matches, valueAt, withinDetails } from './details.ts'
import { type AuthorizationDetail, authorizationDetails, type Constraint } from './schema.ts'

const accountId = '01900000-0000-7000-8000-000000000001'
const call = {
  toolName: 'bank.transfer',
  accountId,
  params: { amount: 50, to: { iban: 'DE1' }, list: ['a'] },
}
const detail = (facts: Partial<AuthorizationDetail> = {}): AuthorizationDetail => ({
  type: 'behalf_tool_call',
  ...facts,
})
const now = Date.parse('2026-05-01T12:00:00Z')
const permits = (...lists: AuthorizationDetail[][]) => {
  try {
    return withinDetails(lists, call, now)
  } catch {
    return 'refused'
  }
}
const fits = (params: Record<string, Constraint>) => permits([detail({ params })]) !== 'refused'

describe('authorization details', () => {
  it('permit what one of a list says, and what every list says', () => {
    expect(permits([detail()])).toEqual([])
    expect(permits([detail({ tools: ['bank.read'] })])).toBe('refused')
    expect(permits([detail({ tools: ['bank.read'] }), detail({ tools: ['bank.*'] })])).toEqual([])
    expect(permits([detail()], [detail({ tools: ['bank.read'] })])).toBe('refused')
    expect(permits([])).toBe('refused')
    expect(permits()).toEqual([])
    expect(permits([detail({ tools: ['bank2.*'] })])).toBe('refused')
  })

  it('name accounts by their public ids', () => {
    expect(permits([detail({ connected_account_ids: [publicId('connected_account', accountId)] })])).toEqual(
      [],
    )
    expect(
      permits([detail({ connected_account_ids: [publicId('connected_account', crypto.randomUUID())] })]),
    ).toBe('refused')
  })

  it('end when they say, to the moment', () => {
    expect(permits([detail({ expires_at: '2026-05-01T12:00:00Z' })])).toBe('refused')
    expect(permits([detail({ expires_at: '2026-05-01T14:00:00.001+02:00' })])).toEqual([])
  })

  it('use up one that is good for one call only where no other permits it', () => {
    const once = detail({ jti: 'n1', expires_at: '2026-05-02T00:00:00Z' })
    expect(permits([once])).toEqual([{ jti: 'n1', expiresAt: '2026-05-02T00:00:00Z' }])
    expect(permits([once, detail()])).toEqual([])
  })

  it.each<[string, Record<string, Constraint>, boolean]>([
    ['equals', { '/amount': { equals: 50 } }, true],
    ['equals of another type', { '/amount': { equals: '50' } }, false],
    ['enum', { '/to/iban': { enum: ['FR1', 'DE1'] } }, true],
    ['enum without it', { '/to/iban': { enum: ['FR1'] } }, false],
    ['max at it', { '/amount': { max: 50 } }, true],
    ['max below it', { '/amount': { max: 49.99 } }, false],
    ['min above it', { '/amount': { min: 51 } }, false],
    ['min of a text', { '/to/iban': { min: 0 } }, false],
    ['pattern', { '/to/iban': { pattern: 'DE*' } }, true],
    ['pattern of a number', { '/amount': { pattern: '*' } }, false],
    ['two things of which one holds', { '/amount': { min: 1, max: 10 } }, false],
    ['a place that is not there', { '/note': { pattern: '*' } }, false],
    ['absent', { '/note': { absent: true } }, true],
    ['absent that is there', { '/amount': { absent: true } }, false],
    ['a place in a list', { '/list/0': { equals: 'a' } }, true],
    ['the length of a list', { '/list/length': { min: 0 } }, false],
    ['what every object has', { '/constructor': { pattern: '*' } }, false],
  ])('say of the params: %s', (_, params, expected) => expect(fits(params)).toBe(expected))

  it('are refused with a type, field, constraint or pointer that is not known', () => {
    const ok = (value: unknown) => authorizationDetails.safeParse([value]).success
    expect(ok({ type: 'behalf_tool_call' })).toBe(true)
    for (const wrong of [
      { type: 'payment_initiation' },
      { type: 'behalf_tool_call', scopes: ['repo'] },
      { type: 'behalf_tool_call', params: { '/a': { regex: '(a+)+$' } } },
      { type: 'behalf_tool_call', params: { a: { equals: 1 } } },
      { type: 'behalf_tool_call', params: { '/a~2': { equals: 1 } } },
      { type: 'behalf_tool_call', params: { '/a': {} } },
      { type: 'behalf_tool_call', tools: [] },
      { type: 'behalf_tool_call', jti: 'x' },
      {
        type: 'behalf_tool_call',
        jti: 'x',
        expires_at: new Date(Date.now() + 100 * 86_400_000).toISOString(),
      },
      'behalf_tool_call',
    ])
      expect({ wrong, ok: ok(wrong) }).toEqual({ wrong, ok: false })
    expect(authorizationDetails.safeParse([]).success).toBe(false)
  })
})

describe('a pattern', () => {
  it.each<[string, string, boolean]>([
    ['acme/site', 'acme/*', true],
    ['acme/', 'acme/*', true],
    ['evil/acme/x', 'acme/*', false],
    ['a.b@x.org', '*@x.org', true],
    ['a@x.org.evil', '*@x.org', false],
    ['aba', 'ab*ba', false],
    ['abba', 'ab*ba', true],
    ['axbxc', 'a*b*c', true],
    ['axc', 'a*b*c', false],
    ['a+', 'a+', true],
    ['aa', 'a+', false],
    ['', '*', true],
    ['', '', true],
    ['x', '', false],
  ])('%j against %j is %j', (text, pattern, expected) => expect(matches(text, pattern)).toBe(expected))

  it('costs no more than its length, however it is made', () => {
    const began = performance.now()
    matches('a'.repeat(100_000), `${'a*'.repeat(99)}b`)
    expect(performance.now() - began).toBeLessThan(200)
  })
})

it('follows a pointer with escapes, and into nothing that is inherited', () => {
  expect(valueAt({ 'a/b': { '~': 1 } }, '/a~1b/~0')).toBe(1)
  expect(valueAt({ '': 2 }, '/')).toBe(2)
  expect(valueAt({}, '/__proto__')).toBeUndefined()
  expect(valueAt('text', '/length')).toBeUndefined()
})
