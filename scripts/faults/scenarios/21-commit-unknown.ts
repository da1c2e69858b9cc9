import { usesOf } from '../accounts.ts'
import type { Bed } from '../bed.ts'
import { atEase, callBooks, sweepAll, tasksAt, untruths, type Write, warm } from '../calls.ts'
import { type Cut, startCommitCutter } from '../commit-cutter.ts'
import type { Product } from '../product.ts'
import { countOf, type Finding, finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-21'

type Doubt = { bed: Bed; cutter: Awaited<ReturnType<typeof startCommitCutter>>; product: Product }

const inTurn = (count: number) => Array.from({ length: count }, (_, at): Cut => (at % 2 ? 'before' : 'after'))

/** The connection is gone at the COMMIT of a renewed pair, before or after the server did it: nobody can know which. */
async function ofPairs({ bed, cutter, product }: Doubt, count: number): Promise<Finding> {
  const accounts = await bed.accounts(org, count)
  await bed.expire(accounts)
  await bed.provider.reset()
  cutter.cut('credential_replace', inTurn(count))
  const ids = accounts.map(({ id }) => id)
  const ask = () => product.ask('each', { work: 'execute', accounts: ids, org, workers: 4 })
  // A pair that is brought in from the disk can be cut too: until every cut is spent.
  const first = await ask()
  await until('every cut to be made', async () => {
    if (cutter.left() > 0) await bed.expire(accounts).then(ask)
    return cutter.left() === 0
  })
  await product.ask('replaySpool', {})
  await bed.settle(product, accounts)
  if (bed.planted)
    await bed.cluster.sql('UPDATE credentials SET generation = generation + 1 WHERE account_id = $1', [
      accounts[0]?.uuid,
    ])
  const { active, silent, nulled } = await bed.books(accounts)
  const stale = await bed.renewOnceMore(product, accounts)
  const { usesMax, honouredTwice } = usesOf(await bed.provider.redemptions())
  return finding(
    `the connection cut at the COMMIT of ${count} renewed pairs, half before the server did it and half after`,
    {
      'pairs lost': accounts.length - active.length + silent.length,
      'pairs that cannot be renewed': Object.keys(stale).length,
      'redeemed twice': honouredTwice,
      'tokens nulled': nulled.length,
    },
    {
      facts: {
        'calls told unavailable': countOf(first.outcomes, 'unavailable'),
        'redemptions per generation': usesMax,
      },
      holds: usesMax === 1,
    },
  )
}

/** The same at what a call writes down: before it is made, and once it has been. */
async function ofCalls(
  { bed, cutter, product }: Doubt,
  of: 'intent' | 'settle',
  count: number,
): Promise<Finding> {
  const own = `${org}-${of}`
  const [clerk] = await bed.crewOf(1)
  const [account] = await bed.accounts(own, 1)
  if (!account || !clerk) throw new Error('no account')
  await warm(product, account)
  await bed.provider.clear()
  await bed.provider.faults(atEase)
  const titles = Array.from({ length: count }, (_, at) => `${own}-${at}`)
  const tool = 'sandbox.create_task'
  const asks = {
    calls: titles.map((title) => ({ account: account.id, tool, params: { title }, key: title })),
    workers: 2,
  }
  const write = async (by: Product): Promise<Write[]> =>
    (await by.ask('calls', asks)).map((told, at) => ({ title: titles[at] ?? '', told }))
  cutter.cut(of === 'intent' ? 'executions_insert' : 'executions_finish', inTurn(count / 2))
  const first = await write(product)
  const left = cutter.left()
  cutter.cut('', [])
  await sweepAll(bed, clerk, own, [tool])
  const zeros = untruths(first, await tasksAt(bed), await callBooks(bed, own))
  // Every caller asks once more under its key, of another process.
  const second = await write(clerk)
  if (bed.planted)
    await clerk.ask('calls', {
      calls: [{ account: account.id, tool, params: { title: titles[0] } }],
      workers: 1,
    })
  const there = await tasksAt(bed)
  const again = untruths(second, there, await callBooks(bed, own))
  const of_ = (writes: readonly Write[], outcome: string) =>
    writes.filter(({ told }) => told?.outcome.startsWith(outcome)).length
  return finding(
    `the connection cut ${count / 2} times at the COMMIT of ${count} calls ${of === 'intent' ? 'about to be made' : 'that were made'}, half before the server did it and half after; every caller asks again under its key`,
    Object.fromEntries(Object.entries(zeros).map(([name, zero]) => [name, zero + (again[name] ?? 0)])),
    {
      facts: {
        calls: count,
        'acknowledged at first': of_(first, 'succeeded'),
        'told unavailable': of_(first, 'unavailable'),
        'acknowledged in the end': of_(second, 'succeeded'),
      },
      holds: left < count / 4 && of_(first, 'unavailable') > 0,
    },
  )
}

export const commitUnknown21: Scenario = {
  fault: '21',
  name: 'commit-unknown',
  inShort: true,
  plants: 'a pair written twice, a write made again',
  async run(bed, short) {
    const cutter = await startCommitCutter(bed.cluster.url)
    const product = await bed.product('doubtful', { env: { DATABASE_URL: cutter.url } })
    const doubt = { bed, cutter, product }
    try {
      return [
        await ofPairs(doubt, short ? 10 : 100),
        await ofCalls(doubt, 'intent', short ? 20 : 200),
        await ofCalls(doubt, 'settle', short ? 20 : 200),
      ]
    } finally {
      await product.kill()
      await cutter.stop()
    }
  },
}
