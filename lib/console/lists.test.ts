import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { listStream } from './export.ts'
import { unusedScopes } from './over-grants.ts'
import { countWords } from './schema.ts'

const rules = { github: { base: ['openid'], implies: { repo: ['repo:status'], 'repo:status': ['repo'] } } }
const of = (granted: string[], used: string[]) => unusedScopes({ connector: 'github', granted, used }, rules)

describe('unusedScopes', () => {
  it('names what no call needed', () => {
    expect(of(['repo', 'gist'], ['repo'])).toEqual(['gist'])
  })
  it('takes a scope as used when a call needed what it carries, also where two carry each other', () => {
    expect(of(['repo'], ['repo:status'])).toEqual([])
  })
  it('says nothing of scopes that serve signing in, and all of a connector that is gone', () => {
    expect(of(['openid'], [])).toEqual([])
    expect(unusedScopes({ connector: 'constructor', granted: ['a'], used: [] }, rules)).toEqual(['a'])
  })
})

describe('listStream', () => {
  const columns = [
    { id: 'name', value: (row: { name: string }) => row.name },
    { id: 'list', value: () => ['a', 'b'] },
  ]
  const text = (stream: ReadableStream<Uint8Array>) => new Response(stream).text()

  it('keeps quotes and lines in their cell, and nothing is a formula to a spreadsheet', async () => {
    const name = '=cmd|"x"\r\ny'
    const csv = await text(listStream('csv', columns, async () => ({ rows: [{ name }], next: null })))
    expect(parse(csv, { columns: true })).toEqual([{ name: `'${name}`, list: 'a b' }])
  })

  it('reads page after page, and none before it is asked for', async () => {
    const asked: (string | null)[] = []
    const stream = listStream('ndjson', columns, async (cursor) => {
      asked.push(cursor)
      const at = Number(cursor ?? 0)
      return { rows: [{ name: String(at) }], next: at < 3 ? String(at + 1) : null }
    })
    const reader = stream.getReader()
    let read = await reader.read()
    expect(asked.length).toBeLessThanOrEqual(2)
    let lines = ''
    for (; !read.done; read = await reader.read()) lines += new TextDecoder().decode(read.value)
    expect(asked).toEqual([null, '1', '2', '3'])
    expect(lines.trim().split('\n')).toHaveLength(4)
  })
})

it('a count that stopped says so', () => {
  expect(countWords({ count: 1000, more: true })).toBe('1,000+')
  expect(countWords({ count: 7, more: false })).toBe('7')
})
