import { describe, expect, it } from 'vitest'
import { limit, type ToolHttp } from '#lib/connector-kit'
import { runWithin, staysWithin } from './limits.ts'

type Params = { id?: string }
const connector = {
  resources: {
    room: {
      words: { title: 'Rooms', all: 'All', some: 'Some' },
      scopes: ['read'],
      listScopes: [],
      list: async () => ({ items: [], next: null }),
      tools: {
        'x.named': limit<Params, unknown>({ touches: ({ id }) => (id === undefined ? [] : id.split(',')) }),
        'x.asked': limit<Params, unknown>({ finds: async ({ id }) => [id ?? ''] }),
        'x.listed': limit<Params, string[]>({ keeps: (all, within) => all.filter(within) }),
        'x.one': limit<Params, string>({ keeps: (one, within) => (within(one) ? one : undefined) }),
        'x.free': 'untouched' as const,
      },
    },
  },
}
const only = { room: [{ id: 'a', label: 'A' }] }
const http: ToolHttp = {
  get: async () => null,
  post: async () => null,
  put: async () => null,
  patch: async () => null,
  delete: async () => null,
  getAnswer: async () => ({ body: null, header: () => null }),
  graphql: async () => null,
}
const outside = () => new Error('outside')

const run = (toolName: string, params: Params, output: unknown, limits: typeof only | null = only) => {
  let ran = 0
  const answer = runWithin(connector, limits, { toolName, params, http }, outside, async () => {
    ran++
    return output
  })
  return answer.then(
    (value) => ({ value, ran }),
    () => ({ refused: true, ran }),
  )
}

describe('the limits of a consent', () => {
  it('let everything through where there are none', async () => {
    expect(staysWithin(connector, null, 'x.unknown', {})).toBe(true)
    expect(await run('x.unknown', {}, ['a', 'b'], null)).toEqual({ value: ['a', 'b'], ran: 1 })
  })

  it('refuse before anything leaves what names something else, something besides, or nothing', () => {
    expect(staysWithin(connector, only, 'x.named', { id: 'a' })).toBe(true)
    for (const id of ['b', 'a,b', '', undefined])
      expect(staysWithin(connector, only, 'x.named', id === undefined ? {} : { id })).toBe(false)
  })

  it('refuse a tool that the connector does not speak of, and a kind that it does not know', async () => {
    expect(staysWithin(connector, only, 'x.unknown', {})).toBe(false)
    expect(staysWithin(connector, { planet: [] }, 'x.free', {})).toBe(false)
    expect(staysWithin(connector, only, 'constructor', {})).toBe(false)
    expect(await run('x.unknown', {}, 'a')).toEqual({ refused: true, ran: 0 })
  })

  it('ask the provider first where the call does not say what it means', async () => {
    expect(await run('x.asked', { id: 'a' }, 'done')).toEqual({ value: 'done', ran: 1 })
    expect(await run('x.asked', { id: 'b' }, 'done')).toEqual({ refused: true, ran: 0 })
    expect(await run('x.asked', {}, 'done')).toEqual({ refused: true, ran: 0 })
  })

  it('leave of an answer what lies within, and refuse an answer that lies outside', async () => {
    expect(await run('x.listed', {}, ['a', 'b'])).toEqual({ value: ['a'], ran: 1 })
    expect(await run('x.one', {}, 'a')).toEqual({ value: 'a', ran: 1 })
    expect(await run('x.one', {}, 'b')).toEqual({ refused: true, ran: 1 })
    expect(await run('x.free', {}, ['b'])).toEqual({ value: ['b'], ran: 1 })
  })
})
