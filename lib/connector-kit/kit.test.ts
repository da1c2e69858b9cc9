import { expect, test } from 'vitest'
import { z } from 'zod'
import { classify, defineConnector, oauth2, paginate, segment, standardTokens, tool } from './index.ts'

const listPages =
  (pages: Record<string, { items: number[]; next: string | null }>) => async (cursor: string | null) =>
    pages[cursor ?? 'first'] ?? { items: [], next: null }

test('walks pages until there are enough items, and says where the next begins', async () => {
  const pages = listPages({ first: { items: [1, 2], next: 'b' }, b: { items: [3, 4], next: 'c' } })
  expect(await paginate(pages, 3)).toEqual({ items: [1, 2, 3, 4], next: 'c' })
  expect(await paginate(pages, 2)).toEqual({ items: [1, 2], next: 'b' })
  expect(await paginate(pages, 9, { cursor: 'b' })).toEqual({ items: [3, 4], next: null })
})

test('ends when a provider repeats its cursor, or never stops', async () => {
  const repeats = listPages({ first: { items: [1], next: 'a' }, a: { items: [2], next: 'a' } })
  expect((await paginate(repeats, 100)).items).toEqual([1, 2])
  let asked = 0
  await paginate(async () => ({ items: [], next: String(asked++) }), 10, { pagesMax: 4 })
  expect(asked).toBe(4)
})

test.each([
  [200, { ok: true }, null],
  [200, { tasks: [], error: null }, null],
  [200, { ok: false, error: 'token_revoked' }, 'dead'],
  [200, { error: 'bad_refresh_token' }, 'invalid'],
  [401, {}, 'expired'],
  [401, { error: 'token_revoked' }, 'dead'],
  [403, {}, 'permission'],
  [404, null, 'not_found'],
  [418, {}, 'invalid'],
  [429, {}, 'rate_limited'],
  [400, { error: { status: 'UNAVAILABLE' } }, 'transient'],
  [503, 'text', 'transient'],
] as const)('reads %s %j as %s: the body first, the status second', (status, body, expected) => {
  const rules = [
    { codes: ['token_revoked'], is: 'dead' },
    { codes: ['UNAVAILABLE'], is: 'transient' },
    { codes: ['bad_refresh_token'], is: 'invalid' },
  ] as const
  expect(classify(rules, { status, headers: new Headers(), body, text: '' })).toBe(expected)
})

test('reads lifetimes given as numbers or text, and scopes between spaces or commas', () => {
  expect(standardTokens({ access_token: 'a', expires_in: '3600', scope: 'x,y z' })).toEqual({
    accessToken: 'a',
    refreshToken: null,
    expiresInSeconds: 3600,
    scopes: ['x', 'y', 'z'],
  })
  expect(standardTokens({ access_token: 'a', expires_in: 'soon' })).toMatchObject({
    expiresInSeconds: null,
    scopes: null,
  })
  expect(() => standardTokens({ access_token: '' })).toThrow('access_token')
})

test('keeps a value within one path segment', () => {
  expect(segment('a/b?c#d')).toBe('a%2Fb%3Fc%23d')
  for (const value of ['', '.', '..']) expect(() => segment(value)).toThrow(RangeError)
})

const look = (name: string, scopes: string[][]) =>
  tool({
    name,
    title: 't',
    description: 'd',
    scopes,
    effect: 'read',
    idempotent: true,
    input: z.strictObject({}),
    output: z.object({ kept: z.string() }),
    run: async () => ({ kept: 'yes', dropped: 'no' }),
  })
const facts = {
  id: 'acme',
  name: 'Acme',
  summary: 's',
  apiBaseUrl: '{api}',
  baseUrls: { api: 'https://api.acme.test' },
  auth: oauth2({
    authorizeUrl: '{api}/a',
    tokenUrl: '{api}/t',
    revoke: null,
    rotation: 'none',
    identity: { url: '{api}/me', method: 'GET', parse: () => ({ id: '1', label: '1' }) },
  }),
  scopes: { read: { does: 'read', example: 'e', risk: 'read' } },
  apiErrors: [],
} as const

test('refuses a tool with a wrong name, a name twice, or a scope that the consent screen has no words for', () => {
  expect(() => defineConnector({ ...facts, tools: [look('other.look', [])] })).toThrow('must be named acme.')
  expect(() => defineConnector({ ...facts, tools: [look('acme.Look', [])] })).toThrow('must be named acme.')
  const long = `acme.${'a'.repeat(58)}`
  expect(() => defineConnector({ ...facts, tools: [look(long, [])] })).not.toThrow()
  expect(() => defineConnector({ ...facts, tools: [look(`${long}a`, [])] })).toThrow('at most 63')
  expect(() => defineConnector({ ...facts, tools: [look('acme.look', []), look('acme.look', [])] })).toThrow(
    'twice',
  )
  expect(() => defineConnector({ ...facts, tools: [look('acme.look', [['write']])] })).toThrow('no words')
  expect(Object.keys(defineConnector({ ...facts, tools: [look('acme.look', [['read']])] }).tools)).toEqual([
    'acme.look',
  ])
})

test('gives on only what the output schema names', async () => {
  const { http, files } = {} as Parameters<ReturnType<typeof look>['run']>[0]
  const output = await look('acme.look', []).run({
    input: {},
    http,
    files,
    executionId: 'x',
    signal: new AbortController().signal,
  })
  expect(output).toEqual({ kept: 'yes' })
})
