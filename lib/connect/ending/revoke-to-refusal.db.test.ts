import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '#lib/ids'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import type { StormNews, StormOrder } from '../../../scripts/testing/storm-process.ts'

const processes = 2
const callersEach = 32
const script = fileURLToPath(new URL('../../../scripts/testing/storm-process.ts', import.meta.url))

let practice: Practice
const children: ChildProcess[] = []
beforeAll(async () => {
  practice = await startPractice()
})
afterAll(async () => {
  for (const child of children) child.disconnect()
  await practice.stop()
})

type Call = Exclude<StormNews, string>

/** Calls that ended, in every process, and a way to wait for more of them. */
function listen() {
  const calls: Call[] = []
  let stopped = 0
  let look = () => {}
  const on = (news: StormNews) => {
    if (news === 'stopped') stopped++
    else if (news !== 'ready') calls.push(news)
    look()
  }
  const until = (enough: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => enough() && resolve()
      look()
    })
  return { calls, on, until, allStopped: () => stopped === processes }
}

test('lets no call through that was started after a revocation answered, under 64 concurrent ones in two processes', async () => {
  const session = await practice.connectAccount({ org: 'acme', user: 'u_storm' })
  const accountId = session.connected_account_id ?? ''
  const tenant = await practice.tenant('acme')
  const { calls, on, until, allStopped } = listen()
  for (let n = 0; n < processes; n++) {
    const child = fork(script, [], { execArgv: ['--conditions=react-server'] })
    children.push(child)
    await new Promise((resolve) => child.once('message', resolve))
    child.on('message', on)
  }
  const order = (to: StormOrder) => children.forEach((child) => void child.send(to))
  order({ accountId, callers: callersEach })
  const through = () => calls.filter(({ outcome }) => outcome !== 'reauthorization_required')
  await until(() => through().length >= processes * callersEach)

  await practice.connect.revoke(
    tenant,
    practice.caller,
    parseId('connected_account', accountId) ?? '',
    'storm',
    origin,
  )
  const answered = Date.now()
  const after = () => calls.filter(({ startedAt }) => startedAt > answered)
  await until(() => after().length >= processes * callersEach * 2)
  order('stop')
  await until(allStopped)

  expect(new Set(after().map(({ outcome }) => outcome))).toEqual(new Set(['reauthorization_required']))
  const { last_requests, api } = await practice.state()
  const reached = last_requests.flatMap(({ path }) => /started_(\d+)/.exec(path)?.[1] ?? []).map(Number)
  expect(reached.length).toBeGreaterThan(0)
  expect(reached.filter((startedAt) => startedAt > answered)).toEqual([])
  const reachedInAll = Object.values(api).reduce((sum, count) => sum + count, 0)
  process.stdout.write(
    `revoke to refusal: ${calls.length} calls by ${processes * callersEach} callers in ${processes} processes, ` +
      `${reachedInAll} reached the provider, ${after().length} started after the answer, 0 of those reached it\n`,
  )
}, 60_000)
