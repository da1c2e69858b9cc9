import { expect, test, vi } from 'vitest'
import { createKeyCache, type KeyRow } from './key-cache.ts'
import { KeyServiceError } from './key-services/index.ts'

const keepSeconds = 3_600

/** A cache on a clock that only the test moves, over a row and a service that the test sets. */
function scene(change: Partial<KeyRow> = {}) {
  let nowMs = 0
  const state = {
    row: { version: 1, wrapped: new Uint8Array([1]), service: 'vault', keyId: 'k', own: false, ...change },
    service: 'well' as 'well' | 'outage' | 'refused',
    gone: false,
  }
  const read = vi.fn(async (): Promise<KeyRow> => {
    if (state.gone) throw new Error('gone')
    return state.row
  })
  const unwrap = vi.fn(async (row: KeyRow) => {
    if (state.service !== 'well') throw new KeyServiceError(state.service, state.service)
    return new Uint8Array([row.version])
  })
  const cache = createKeyCache(
    () => keepSeconds * 1_000,
    () => nowMs,
  )
  return {
    state,
    read,
    unwrap,
    cache,
    get: () => cache.get('org/data/current', read, unwrap),
    pass: (seconds: number) => {
      nowMs += seconds * 1_000
    },
  }
}

/** Uses the key every ten seconds, as a busy process does. @returns the second in which it was refused first */
async function secondsUntilRefused({ get, pass }: ReturnType<typeof scene>, most: number) {
  for (let second = 0; second <= most; second += 10) {
    const refused = await get().then(
      () => false,
      () => true,
    )
    if (refused) return second
    pass(10)
    // The look that the last use began has ended.
    await new Promise((done) => setImmediate(done))
  }
  return null
}

test('a thousand callers at once ask the row and the service once', async () => {
  const { get, read, unwrap } = scene()
  await Promise.all(Array.from({ length: 1_000 }, get))
  expect([read.mock.calls.length, unwrap.mock.calls.length]).toEqual([1, 1])
})

test('a key whose row is gone is refused within a minute, used all the while or not at all', async () => {
  const busy = scene()
  await busy.get()
  busy.state.gone = true
  expect(await secondsUntilRefused(busy, 600)).toBeLessThanOrEqual(60)
  const idle = scene()
  await idle.get()
  idle.state.gone = true
  idle.pass(60)
  await expect(idle.get()).rejects.toThrow('gone')
})

test("an org's own key that its service refuses is refused within a minute, the deployment's within six", async () => {
  const own = scene({ own: true })
  await own.get()
  own.state.service = 'refused'
  expect(await secondsUntilRefused(own, 600)).toBeLessThanOrEqual(60)
  const deployment = scene()
  await deployment.get()
  deployment.state.service = 'refused'
  expect(await secondsUntilRefused(deployment, 600)).toBeLessThanOrEqual(360)
})

test('an outage is bridged for the time allowed since the service last answered, and no longer', async () => {
  const busy = scene({ own: true })
  await busy.get()
  busy.state.service = 'outage'
  const second = await secondsUntilRefused(busy, keepSeconds + 600)
  expect(second).toBeGreaterThanOrEqual(keepSeconds - 60)
  expect(second).toBeLessThanOrEqual(keepSeconds + 60)
  await expect(busy.get()).rejects.toMatchObject({ code: 'unavailable', internal: 'outage' })
  busy.state.service = 'well'
  expect(await busy.get()).toEqual({ version: 1, key: new Uint8Array([1]) })
})

test('an outage is no help to a process that never had the key', async () => {
  const { get, state } = scene()
  state.service = 'outage'
  await expect(get()).rejects.toMatchObject({ code: 'unavailable' })
})

test('a newer version is the current one within a minute, and a key whose row is the same is not asked for again', async () => {
  const { get, pass, state, unwrap } = scene()
  for (let second = 0; second < 240; second += 10) {
    await get()
    pass(10)
    await new Promise((done) => setImmediate(done))
  }
  expect(unwrap.mock.calls.length).toBe(1)
  state.row = { ...state.row, version: 2, wrapped: new Uint8Array([2]) }
  pass(60)
  expect((await get()).version).toBe(2)
})

test('what is forgotten while it is being asked for stays forgotten', async () => {
  const { cache, get, read } = scene()
  const asked = get()
  cache.forget('org/')
  await asked
  await get()
  expect(read.mock.calls.length).toBe(2)
})
