import { expect, test, vi } from 'vitest'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { grouped } from './grouped.ts'

const tenant = { orgId: 'org', externalId: 'org' } as Tenant

/** Groups that end when they are told to. */
function held(lanes: number) {
  const groups: { items: readonly number[]; end: () => void }[] = []
  const work = (_: Tenant, items: readonly number[]) =>
    new Promise<number[]>((done) => groups.push({ items, end: () => done([...items]) }))
  const ask = grouped(work, { itemsMax: 64, lanes })
  const seen = () => groups.map(({ items }) => items)
  return { groups, seen, ask: (item: number) => ask(tenant, item) }
}

test('whoever comes while a group runs goes with the next, and everybody is answered', async () => {
  const { groups, seen, ask } = held(2)
  const first = [ask(1), ask(2)]
  await expect.poll(seen).toEqual([[1, 2]])
  const second = [ask(3), ask(4)]
  groups[0]?.end()
  await expect.poll(seen).toEqual([
    [1, 2],
    [3, 4],
  ])
  groups[1]?.end()
  expect(await Promise.all([...first, ...second])).toEqual([1, 2, 3, 4])
})

test('a group that is late is not waited for, by those who wait and by those who come later', async () => {
  const { groups, seen, ask } = held(2)
  const stuck = ask(1)
  await expect.poll(seen).toEqual([[1]])
  const waited = ask(2)
  await expect.poll(seen).toEqual([[1], [2]])
  groups[1]?.end()
  expect(await waited).toBe(2)
  const later = ask(3)
  await expect.poll(seen).toEqual([[1], [2], [3]])
  groups[2]?.end()
  expect(await later).toBe(3)
  groups[0]?.end()
  expect(await stuck).toBe(1)
})

test('no more groups run than there are lanes, however late they are', async () => {
  const { groups, seen, ask } = held(1)
  const first = ask(1)
  await expect.poll(seen).toEqual([[1]])
  const second = ask(2)
  await new Promise((done) => setTimeout(done, 60))
  expect(seen()).toEqual([[1]])
  groups[0]?.end()
  await expect.poll(seen).toEqual([[1], [2]])
  groups[1]?.end()
  expect(await Promise.all([first, second])).toEqual([1, 2])
})

test('what is wrong in a group fails alone', async () => {
  const refused = new AppError('conflict')
  const work = async (_: Tenant, items: readonly number[]) => {
    if (items.includes(13)) throw new Error('this one')
    return items.map((item) => (item === 4 ? refused : item))
  }
  const ask = grouped(work, { itemsMax: 64, lanes: 1 })
  const asked = await Promise.allSettled([1, 13, 3, 4].map((item) => ask(tenant, item)))
  expect(asked.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message))).toEqual([
    1,
    'this one',
    3,
    refused.message,
  ])
})

test('a group waits for those who are expected, no longer than the last group took', async () => {
  const groups: (readonly number[])[] = []
  let crowd = 0
  const work = async (_: Tenant, items: readonly number[]) => {
    groups.push(items)
    await new Promise((done) => setTimeout(done, 10))
    return items
  }
  const ask = grouped(work, { itemsMax: 64, lanes: 1, expected: () => crowd })
  // By a clock of our own: a busy machine may take longer for a turn of the loop than a group waits.
  vi.useFakeTimers()
  try {
    const first = ask(tenant, 1)
    await vi.advanceTimersByTimeAsync(10)
    await first
    crowd = 3
    const three = [ask(tenant, 2), ask(tenant, 3)]
    // A moment later, when those two would have gone alone.
    await vi.advanceTimersByTimeAsync(1)
    three.push(ask(tenant, 4))
    await vi.advanceTimersByTimeAsync(20)
    await Promise.all(three)
    expect(groups).toEqual([[1], [2, 3, 4]])
    // Nobody else comes.
    const alone = ask(tenant, 5)
    await vi.advanceTimersByTimeAsync(20)
    await alone
    expect(groups).toEqual([[1], [2, 3, 4], [5]])
  } finally {
    vi.useRealTimers()
  }
})
