import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cleanQuery, readList } from './read.ts'

const facts = {
  schema: z.object({ status: z.enum(['active', 'revoked']).optional() }),
  cursorShape: /^\d+$/,
  columns: [{ id: 'name', fixed: true }, { id: 'status' }, { id: 'id', hidden: true }],
  orders: ['newest', 'oldest'] as const,
}
const read = (params: Record<string, string | string[]>, last: string | null = null) =>
  readList(Promise.resolve(params), { ...facts, orders: ['newest', 'oldest'], last })

describe('readList', () => {
  it('shows what is shown by itself, in the first order, when nothing is asked', async () => {
    expect(await read({})).toMatchObject({
      columns: ['name', 'status'],
      order: 'newest',
      dense: false,
      query: '',
    })
  })
  it('takes columns, order and density from the address, and keeps what is always shown', async () => {
    const asked = await read({ columns: 'id,bogus', sort: 'oldest', dense: '1', status: 'active' })
    expect(asked).toMatchObject({ columns: ['name', 'id'], order: 'oldest', dense: true, fault: null })
    expect(asked.filter).toEqual({ status: 'active' })
    expect(asked.filterQuery).toBe('status=active')
  })
  it('falls back on the columns that were chosen last; the address goes before them, density included', async () => {
    expect(await read({}, 'columns=id&dense=1')).toMatchObject({ columns: ['name', 'id'], dense: true })
    expect(await read({ columns: 'status' }, 'columns=id&dense=1')).toMatchObject({
      columns: ['name', 'status'],
      dense: false,
    })
  })
  it('ignores an order that there is not, and says what is wrong with a filter', async () => {
    expect((await read({ sort: 'id; DROP TABLE' })).order).toBe('newest')
    expect((await read({ status: 'gone' })).fault).toMatch(/status/)
  })
})

it('a query is written without its cursor and without what is empty', () => {
  expect(
    cleanQuery([
      ['status', 'active'],
      ['cursor', 'x'],
      ['user_id', ''],
    ]),
  ).toBe('status=active')
})
