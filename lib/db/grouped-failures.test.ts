import { expect, test } from 'vitest'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { grouped } from './grouped.ts'

const org = (name: string) => ({ orgId: name, externalId: name }) as Tenant

/** Groups that fail where `poison` is among them, as a transaction would. */
function poisoned(poison: readonly number[], reason: () => Error = () => new Error('poison')) {
  const tried: (readonly number[])[] = []
  const ask = grouped(
    async (_: Tenant, items: readonly number[]) => {
      tried.push(items)
      if (items.some((item) => poison.includes(item))) throw reason()
      return items.map((item) => (item < 0 ? new AppError('rate_limited') : item))
    },
    { itemsMax: 64, lanes: 1 },
  )
  const all = (items: readonly number[], tenant = org('a')) =>
    Promise.allSettled(items.map((item) => ask(tenant, item))).then((ended) =>
      ended.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
    )
  return { tried, all }
}
const upTo = (most: number) => Array.from({ length: most }, (_, at) => at + 1)

test('of a group that fails, what is wrong in it fails alone', async () => {
  const { all } = poisoned([7, 40])
  expect(await all(upTo(64))).toEqual(upTo(64).map((n) => (n === 7 || n === 40 ? 'poison' : n)))
})

test('one that is refused by itself takes nobody along, and is not tried again', async () => {
  const { tried, all } = poisoned([])
  const [one, refused, other] = await all([1, -2, 3])
  expect([one, other]).toEqual([1, 3])
  expect(refused).toBe(new AppError('rate_limited').message)
  expect(tried).toHaveLength(1)
})

test('a group that finds no database fails whole, and is not tried in parts', async () => {
  const { tried, all } = poisoned([1], () => new AppError('unavailable', { detail: 'gone' }))
  expect(await all(upTo(10))).toEqual(upTo(10).map(() => 'gone'))
  expect(tried).toHaveLength(1)
})

test('orgs never share a group, and none takes more than its most', async () => {
  const { tried, all } = poisoned([])
  await Promise.all([all(upTo(100)), all([-1], org('b'))])
  expect(tried.filter((items) => items.includes(-1))).toEqual([[-1]])
  expect(Math.max(...tried.map((items) => items.length))).toBe(64)
})
