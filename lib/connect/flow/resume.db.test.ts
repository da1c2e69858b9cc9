// A tab that is loaded again gets its session back: once, for ten minutes, and the handle it had before is no good.
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'

let practice: Practice
beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())
afterEach(() => vi.useRealTimers())

const over = expect.objectContaining({ name: 'AppError', code: 'session_expired' })

async function held(user: string) {
  const session = await practice.session({
    org_id: 'acme',
    user_id: user,
    scopes: { sandbox: ['tasks:read'] },
  })
  const open = await practice.connect.open(session.token)
  return { session, open, ...(await practice.connect.hold(open)) }
}

test('gives the session back under a new handle, and the old handle opens nothing', async () => {
  const first = await held('u_reload')
  const again = await practice.connect.resume(first.resume)
  expect(again.open.session.id).toBe(first.open.session.id)
  expect(again.held.handle).not.toBe(first.handle)
  await expect(practice.connect.open(first.handle)).rejects.toEqual(over)
  expect((await practice.connect.open(again.held.handle)).session.id).toBe(first.open.session.id)
  // And so on: each reload hands over what the next one needs.
  await expect(practice.connect.resume(again.held.resume)).resolves.toBeDefined()
})

test('is good once: of ten tabs that try at the same moment one gets the session', async () => {
  const { resume } = await held('u_race')
  const ends = await Promise.allSettled(Array.from({ length: 10 }, () => practice.connect.resume(resume)))
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toEqual(over)
})

test('is over after ten minutes, unless the tab that waits has had it renewed', async () => {
  const { open, handle, resume } = await held('u_late')
  const minutes = (count: number) => new Date(Date.now() + count * 60_000)
  vi.useFakeTimers({ toFake: ['Date'], now: minutes(9) })
  const renewed = await practice.connect.stillHeld(open, handle)
  vi.setSystemTime(minutes(5))
  await expect(practice.connect.resume(resume)).rejects.toEqual(over)
  expect(renewed.handle).toBe(handle)
  await expect(practice.connect.resume(renewed.resume)).resolves.toBeDefined()
})

test('shows a tab that comes back how its session ended', async () => {
  const { open, resume } = await held('u_ended')
  await practice.connect.decline(open, { ip: null, userAgent: null, traceId: '0'.repeat(32) })
  const { open: again } = await practice.connect.resume(resume)
  expect(await practice.connect.status(again)).toMatchObject({ status: 'declined', created: false })
})

test('refuses what is no such thing, and a ticket or token in its place', async () => {
  const { open, session, handle } = await held('u_wrong')
  const ticket = await practice.connect.ticket(open, 'sandbox')
  for (const wrong of ['', 'nonsense', 'Fe26.2*1*a*b*c*d*e*f', ticket, session.token, handle]) {
    await expect(practice.connect.resume(wrong)).rejects.toEqual(over)
  }
})
