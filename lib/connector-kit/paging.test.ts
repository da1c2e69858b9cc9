import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  type Answered,
  byCursor,
  byLink,
  byOffset,
  byPage,
  byToken,
  cursorsOf,
  gql,
  graphqlErrors,
  listPage,
  nextLink,
  pages,
} from './index.ts'

const answer = (body: unknown, headers: Record<string, string> = {}): Answered => ({
  body,
  header: (name) => new Headers(headers).get(name),
})
const first = { cursor: null, size: 2 }

test.each([
  [
    'cursor',
    byCursor({ param: 'after', size: 'n', next: 'meta.next' }),
    { n: 2 },
    answer({ meta: { next: 'b' } }),
    'b',
    { n: 2, after: 'b' },
  ],
  ['token', byToken(), {}, answer({ nextPageToken: 't' }), 't', { pageToken: 't' }],
  ['page', byPage({ param: 'page', size: 'n' }), { n: 2, page: 1 }, answer([1, 2]), '2', { n: 2, page: 2 }],
  [
    'offset',
    byOffset({ param: 'skip', size: 'n' }),
    { n: 2, skip: 0 },
    answer([1, 2]),
    '2',
    { n: 2, skip: 2 },
  ],
  [
    'link',
    byLink({ params: ['page'], size: 'n' }),
    { n: 2 },
    answer([], { link: '<https://x.test/a?page=2&n=9&filter=none>; rel="next"' }),
    'page=2',
    { n: 2, page: '2' },
  ],
] as const)(
  'asks for the first page and the next in the form of a %s',
  (_, form, asked, said, next, then) => {
    expect(form.query(first)).toEqual(asked)
    expect(form.next(said, first, 2)).toBe(next)
    expect(form.query({ cursor: next, size: 2 })).toEqual(then)
  },
)

test.each([
  ['an empty cursor', byCursor({ param: 'c', next: 'next' }), answer({ next: '' })],
  ['no cursor', byCursor({ param: 'c', next: 'next' }), answer({})],
  [
    'a cursor with a no to more',
    byCursor({ param: 'c', next: 'next', more: 'more' }),
    answer({ next: 'x', more: false }),
  ],
  ['a page that is not full', byPage({ param: 'p' }), answer([1])],
  ['an offset that has reached the total', byOffset({ param: 'o', total: 'total' }), answer({ total: 1 })],
  ['no link', byLink({ params: ['page'] }), answer([])],
  ['a link to the page before', byLink({ params: ['page'] }), answer([], { link: '</?page=1>; rel=prev' })],
])('ends a list after %s', (_, form, said) => {
  expect(form.next(said, first, 1)).toBeNull()
})

test('finds the next link among others, whatever its parameters hold', () => {
  const header = '<a>; rel="prev"; title="rel=next, <no>", </b?x=1,2>; title="t"; rel="last NEXT"'
  expect(nextLink(header)).toBe('/b?x=1,2')
  expect(nextLink('<a>; rel=nextish')).toBeNull()
  expect(nextLink(null)).toBeNull()
})

test('a cursor that a caller made up changes nothing but where a page begins', () => {
  const form = byLink({ params: ['page'], size: 'n' })
  expect(form.query({ cursor: 'page=2&n=100&filter=all&visibility=private', size: 2 })).toEqual({
    n: 2,
    page: '2',
  })
  expect(byPage({ param: 'page' }).query({ cursor: '-4 OR 1', size: 2 })).toEqual({ page: 1 })
})

test('the cursor of another tool is refused with the other params', () => {
  const [one, other] = [cursorsOf('x.list_things'), cursorsOf('x.list_others')]
  const input = z.strictObject({ cursor: one.field })
  const sealed = one.seal('p=2') ?? ''
  expect(one.open(input.parse({ cursor: sealed }).cursor)).toBe('p=2')
  expect(input.parse({})).toEqual({})
  expect(one.seal(null)).toBeNull()
  for (const cursor of [
    other.seal('p=2'),
    'p=2',
    '',
    Buffer.from('["x.list_things"]').toString('base64url'),
  ]) {
    expect(input.safeParse({ cursor }).error?.issues[0]?.message).toContain('x.list_things')
  }
})

test('walks pages one by one, and ends at a cursor that was there before or at the most pages', async () => {
  const walked = async (next: (cursor: string | null) => string | null, pagesMax?: number) => {
    const seen: (string | null)[] = []
    const options = pagesMax === undefined ? {} : { pagesMax }
    for await (const page of pages(async (cursor) => ({ items: [cursor], next: next(cursor) }), options))
      seen.push(...page.items)
    return seen
  }
  const chain: Record<string, string | null> = { start: 'a', a: 'b', b: 'a' }
  expect(await walked((cursor) => chain[cursor ?? 'start'] ?? null)).toEqual([null, 'a', 'b'])
  expect(await walked((cursor) => `${cursor ?? ''}x`, 3)).toHaveLength(3)
})

test('reads one page of a list, with the next_cursor to answer with', async () => {
  const asked: unknown[] = []
  const http = {
    getAnswer: async (path: string, options: unknown) => {
      asked.push(path, options)
      return answer({ rows: [1, 2], next: 'n' })
    },
  }
  const cursors = cursorsOf('x.list_things')
  const page = await listPage(http, '/things', {
    form: byCursor({ param: 'c', size: 'n', next: 'next' }),
    cursors,
    cursor: cursors.seal('m') ?? '',
    size: 2,
    options: { query: { kind: 'k' }, base: 'api' },
    read: (body) => z.object({ rows: z.array(z.number()) }).parse(body).rows,
  })
  expect(asked).toEqual(['/things', { base: 'api', query: { kind: 'k', n: 2, c: 'm' } }])
  expect(page).toEqual({ found: [1, 2], next_cursor: cursors.seal('n') })
})

test('a GraphQL document has no hole that text of a caller could go through', () => {
  const hole = 'viewer { login }' as never
  expect(gql`query { viewer { login } }`).toBe('query { viewer { login } }')
  expect(() => gql`query { ${hole} }`).toThrow(TypeError)
  expect(graphqlErrors({ data: null, errors: [{ message: 'no' }] })).toHaveLength(1)
  for (const body of [null, [], { data: {} }, { errors: 'text' }]) expect(graphqlErrors(body)).toEqual([])
})
