import { setTimeout as wait } from 'node:timers/promises'
import type { Bed } from '../bed.ts'
import { apiRequests, atEase, sweepAll, tasksAt, warm } from '../calls.ts'
import type { Outcomes } from '../commands.ts'
import type { Product } from '../product.ts'
import { type Finding, finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-22'
const tool = 'sandbox.create_task'

type Death = { words: string; who: 'maker' | 'other'; when: 'made' | 'told' }

const deaths: readonly Death[] = [
  { words: 'the one that makes it killed while the provider answers', who: 'maker', when: 'made' },
  { words: 'the other one killed meanwhile', who: 'other', when: 'made' },
  { words: 'the one that made it killed while all are told', who: 'maker', when: 'told' },
]

/** One write under one key of its caller's, asked for thousands of times in two processes at once; one of them dies. */
async function oneKey(bed: Bed, count: number, { words, who, when }: Death): Promise<Finding> {
  const own = `${org}-${who}-${when}`
  const [clerk] = await bed.crewOf(1)
  const [account] = await bed.accounts(own, 1)
  const [maker, other] = await Promise.all(['a', 'b'].map((name) => bed.product(`${own}-${name}`)))
  if (!clerk || !account || !maker || !other) throw new Error('no account to call')
  await Promise.all([maker, other].map((product) => warm(product, account)))
  await bed.provider.clear()
  // Made at once, and answered late.
  await bed.provider.faults({ ...atEase, slow_body_ms: 1_500 })
  const asks = { account: account.id, key: own, count: count / 2, workers: 50 }
  const started = performance.now()
  const repeating = [maker.ask('repeat', asks).catch((): Outcomes => ({}))]
  await until('the write to be at the provider', async () => (await apiRequests(bed, 'POST')).length > 0)
  repeating.push(
    other.ask('repeat', { ...asks, key: bed.planted ? 'another' : own }).catch((): Outcomes => ({})),
  )
  const [victim, survivor] = who === 'maker' ? [maker, other] : [other, maker]
  const settled = async () => {
    const [row] = await bed.cluster.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM executions WHERE account_id = $1 AND tool_name = $2 AND status <> 'running'`,
      [account.uuid, tool],
    )
    return (row?.n ?? 0) > 0
  }
  if (when === 'told') await until('the write to be closed', settled)
  await wait(200)
  await victim.kill()
  const seconds = () => (performance.now() - started) / 1000
  const [one = {}, another = {}] = await Promise.all(repeating)
  const took = seconds()
  await bed.provider.faults({ slow_body_ms: null })
  const ask = (product: Product) => product.ask('repeat', { ...asks, count: count / 10 })
  // Whoever asks when the minute is over, then once the sweep has been, and in a process that was not there.
  await sweepAll(bed, clerk, own, [])
  const after = [await ask(survivor), await ask(clerk)]
  await survivor.kill()
  const answers = [one, another, ...after]
  const told = new Map<string, number>()
  for (const outcomes of answers)
    for (const [answer, times] of Object.entries(outcomes)) told.set(answer, (told.get(answer) ?? 0) + times)
  // Both say nothing of what became of the call.
  const take = (is: (answer: string) => boolean) => {
    const taken = [...told].filter(([answer]) => is(answer))
    for (const [answer] of taken) told.delete(answer)
    return taken.reduce((total, [, times]) => total + times, 0)
  }
  const waits = take((answer) => answer === 'idempotency_in_progress')
  const unavailable = take((answer) => answer.startsWith('unavailable'))
  const known = [...told.keys()]
  const kinds = new Set(known.filter((answer) => answer.startsWith('succeeded')))
  const ids = new Set(known.map((answer) => answer.split(' ')[1]))
  const effects = (await tasksAt(bed)).get('Once') ?? 0
  const sum = [...told.values()].reduce((total, times) => total + times, 0)
  return finding(
    `${count} equal calls under one key over 2 processes, ${words}`,
    {
      'effects beyond one': effects - 1,
      'requests beyond one': (await apiRequests(bed, 'POST')).length - 1,
      'divergent answers': Math.max(0, ids.size - 1) + Math.max(0, kinds.size - 1),
      'answers of another kind': known.filter((answer) => !/^(succeeded|unknown) ex_/.test(answer)).length,
    },
    {
      facts: {
        'told the answer': sum,
        'told that it runs': waits,
        ...(unavailable > 0 && { 'told unavailable': unavailable }),
        'in the end': Object.keys(after[1] ?? {})
          .map((answer) => answer.split(' ')[0])
          .join(', '),
        'calls/s': Math.round((waits + sum) / took),
      },
      holds: sum > 0 && unavailable < count / 20,
    },
  )
}

/** The same key with another payload, however deep the difference. */
async function otherPayload(bed: Bed): Promise<Finding> {
  const [product] = await bed.crewOf(1)
  const [account] = await bed.accounts(`${org}-mismatch`, 1)
  if (!product || !account) throw new Error('no account to call')
  const call = { account: account.id, tool, params: { title: 'Once', notes: 'a' }, key: 'one' }
  await bed.provider.clear()
  await product.ask('calls', { calls: [{ ...call, usage: { input: 1, output: 2 } }], workers: 1 })
  const others = [
    { ...call, usage: { input: 1, output: 3 } },
    { ...call, usage: { input: 1 } },
    { ...call, params: { ...call.params, notes: 'b' }, usage: { input: 1, output: 2 } },
    { ...call, params: { title: 'Once' }, usage: { input: 1, output: 2 } },
  ]
  const told = await product.ask('calls', {
    calls: Array.from({ length: 25 }, () => others).flat(),
    workers: 25,
  })
  const same = await product.ask('calls', {
    calls: [{ ...call, usage: { output: 2, input: 1 } }],
    workers: 1,
  })
  return {
    fault: '23',
    ...finding('100 other payloads under one key, different in a nested value, a missing one, or a param', {
      upstream: (await apiRequests(bed)).length - 1,
      'not refused as a mismatch': told.filter(({ outcome }) => outcome !== 'idempotency_mismatch').length,
      'the same in another order refused': same.filter(({ outcome }) => outcome !== 'succeeded').length,
    }),
  }
}

export const oneKey22: Scenario = {
  fault: '22',
  name: 'one-key',
  inShort: true,
  plants: 'the repetitions made under another key',
  async run(bed, short) {
    const found: Finding[] = []
    for (const death of short ? deaths.slice(0, 1) : deaths)
      found.push(await oneKey(bed, short ? 200 : 10_000, death))
    found.push(await otherPayload(bed))
    return found
  },
}
