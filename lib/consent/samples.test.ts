import { expect, test } from 'vitest'
import { z } from 'zod'
import { tool } from '#lib/connector-kit'
import { allowedBy, ticksFor } from './samples.ts'

const named = (name: string, scopes: string[][]) =>
  tool({
    name,
    title: name,
    description: name,
    scopes,
    effect: 'read',
    idempotent: true,
    input: z.strictObject({}),
    output: z.object({}),
    run: async () => ({}),
  })
const connector = {
  implies: { all: ['read', 'write'] },
  tools: {
    read: named('x.read', [['read']]),
    both: named('x.both', [['read', 'write']]),
    either: named('x.either', [['write'], ['admin']]),
    other: named('x.other', [['elsewhere']]),
  },
}
const offered = (...scopes: [string, boolean][]) => scopes.map(([scope, required]) => ({ scope, required }))
const set = (...names: string[]) => new Set(names)

test('a thing that what is needed allows needs no tick', () => {
  const ticks = ticksFor(connector, offered(['read', true], ['write', false]), 'read')
  expect(ticks).toEqual([[]])
  expect(allowedBy(ticks, set())).toBe(true)
})

test('a thing that hangs on a choice flips with it, and with whatever carries it', () => {
  const ticks = ticksFor(connector, offered(['read', true], ['write', false], ['all', false]), 'both')
  expect(allowedBy(ticks, set())).toBe(false)
  expect(allowedBy(ticks, set('write'))).toBe(true)
  expect(allowedBy(ticks, set('all'))).toBe(true)
})

test('each of several ways is enough, and half of one is not', () => {
  const ticks = ticksFor(connector, offered(['read', false], ['write', false]), 'both')
  expect(allowedBy(ticks, set('read'))).toBe(false)
  expect(allowedBy(ticks, set('read', 'write'))).toBe(true)
  const either = ticksFor(connector, offered(['write', false], ['admin', false]), 'either')
  expect(allowedBy(either, set('admin'))).toBe(true)
})

test('what nobody offers is blocked whatever is ticked, and so is a tool that is not there', () => {
  for (const name of ['other', 'made_up']) {
    const ticks = ticksFor(connector, offered(['read', false]), name)
    expect(ticks).toEqual([])
    expect(allowedBy(ticks, set('read'))).toBe(false)
  }
})
