import { afterEach, describe, expect, it } from 'vitest'
import { cursorOf, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
import { github } from './index.ts'

let wire: Wire
afterEach(() => wire?.close())

async function run(input: object, body: unknown) {
  wire = await startWire({ 'POST /graphql': { body } })
  return runTool(github, wire.url, 'github.list_discussions', { owner: 'octo', repository: 'site', ...input })
}
const node = {
  number: 3,
  title: 'How do I start?',
  bodyText: 'In a few words',
  url: 'https://github.com/octo/site/discussions/3',
  isAnswered: true,
  createdAt: '2026-01-02T03:04:05Z',
  updatedAt: '2026-01-02T03:04:06Z',
  author: { login: 'octocat' },
  category: { name: 'Q&A' },
  comments: { totalCount: 2 },
}
const page = (nodes: unknown[], endCursor: string | null = null) => ({
  data: {
    repository: {
      discussions: { totalCount: 41, pageInfo: { endCursor, hasNextPage: endCursor !== null }, nodes },
    },
  },
})

describe('discussions', () => {
  it('come a page at a time, what the caller says in variables alone', async () => {
    const cursor = cursorOf('github.list_discussions', 'Y3Vyc29yOjE=')
    const gone = { ...node, author: null, category: null, isAnswered: null, bodyText: 'x'.repeat(5000) }
    const output = await run({ answered: true, limit: 2, cursor }, page([node, gone], 'Y3Vyc29yOjI='))
    expect(output).toMatchObject({
      total: 41,
      discussions: [
        {
          number: 3,
          text: 'In a few words',
          category: 'Q&A',
          author: 'octocat',
          answered: true,
          comments: 2,
        },
        { author: null, category: null, answered: null, text: 'x'.repeat(4000) },
      ],
      next_cursor: cursorOf('github.list_discussions', 'Y3Vyc29yOjI='),
    })
    const sent = wire.received[0]?.body as { query: string; variables: object }
    expect(sent.variables).toEqual({
      owner: 'octo',
      repository: 'site',
      first: 2,
      after: 'Y3Vyc29yOjE=',
      answered: true,
    })
    expect(sent.query).not.toContain('octo')
  })

  it('end with the last page', async () => {
    expect(await run({}, page([]))).toEqual({ total: 41, discussions: [], next_cursor: null })
  })

  it.each([
    ['NOT_FOUND', 'not_found'],
    ['FORBIDDEN', 'permission'],
    ['INSUFFICIENT_SCOPES', 'permission'],
    ['RATE_LIMITED', 'rate_limited'],
    ['SERVICE_UNAVAILABLE', 'transient'],
    ['SOMETHING_NEW', 'invalid'],
  ])('are refused where GitHub says %s beside a part of them, with 200', async (type, is) => {
    const body = { ...page([node]), errors: [{ type, path: ['repository'], message: 'no' }] }
    await expect(run({}, body)).rejects.toMatchObject({ is })
  })

  it('take no cursor of another list', async () => {
    const cursor = cursorOf('github.list_issues', 'page=2')
    await expect(run({ cursor }, page([]))).rejects.toThrow(/next_cursor of github.list_discussions/)
    expect(wire.received).toEqual([])
  })
})
