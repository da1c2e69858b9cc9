import { createServer } from 'node:http'
import type { FaultsAsked } from '../../../sandbox/faults.ts'
import type { Bed } from '../bed.ts'
import { apiRequests, atEase, tasksAt } from '../calls.ts'
import type { Account, CallTold } from '../commands.ts'
import type { Product } from '../product.ts'
import { type Finding, finding, inMs, quantile, type Scenario } from '../scenario.ts'

// A provider that misbehaves under calls. What it does is meant for one org's person; another org's calls go on beside
// them in the same process, and are not to notice.

const org = 'fault-2'
const list = (account: Account) => ({ account: account.id, tool: 'sandbox.list_tasks' })
const append = (account: Account, title: string) => ({
  account: account.id,
  tool: 'sandbox.append_task',
  params: { title },
})
const met = 'ben'

async function two(bed: Bed, name: string): Promise<[Account, Account]> {
  const [mine] = await bed.accounts(`${org}-${name}`, 1, met)
  const [other] = await bed.accounts(`${org}-${name}-other`, 1)
  if (!mine || !other) throw new Error('no accounts')
  return [mine, other]
}

const p99 = (told: readonly CallTold[]) =>
  quantile(
    told.map(({ ms }) => ms / 1000),
    0.99,
  )
const notDone = (told: readonly CallTold[]) => told.filter(({ outcome }) => outcome !== 'succeeded').length

/** A host that fails for one org: it is left alone after a while, and the other org is served as before. */
async function burst(bed: Bed, product: Product, count: number): Promise<Finding> {
  const [mine, other] = await two(bed, 'burst')
  await bed.provider.clear()
  await bed.provider.faults({ ...atEase, api_faults_for: bed.planted ? null : met })
  const others = { calls: Array.from({ length: count }, () => list(other)), workers: 4 }
  await product.ask('calls', others)
  const alone = await product.ask('calls', others)
  await bed.provider.faults({ next_status: { status: 503, count: 100_000 } })
  const before = (await bed.provider.state()).api['GET /api/tasks'] ?? 0
  const failing = product.ask('calls', { calls: Array.from({ length: 200 }, () => list(mine)), workers: 4 })
  const beside = await product.ask('calls', others)
  const failed = await failing
  const wrote = await product.ask('calls', { calls: [append(mine, 'burst')], workers: 1 })
  const sent = ((await bed.provider.state()).api['GET /api/tasks'] ?? 0) - before - beside.length
  return {
    fault: '2',
    ...finding(
      `200 calls of one org at a provider that answers it 503, ${count} of another org beside them`,
      {
        "the other org's calls refused": notDone(beside),
        'told otherwise': failed.filter(
          ({ outcome }) => !['upstream_error', 'circuit_open'].includes(outcome),
        ).length,
        'a write made again': Math.max(0, (await apiRequests(bed, 'POST')).length - 1),
        'a write not unknown': wrote.filter(({ outcome, unknown }) => outcome !== 'circuit_open' && !unknown)
          .length,
      },
      {
        facts: {
          'sent before the breaker opened': sent,
          "the other org's p99": `${inMs(p99(alone))} alone, ${inMs(p99(beside))} beside`,
        },
        // The two share cores: what one of them computes, the other waits for.
        holds: sent <= 40 && p99(beside) < Math.max(3 * p99(alone), 0.25),
      },
    ),
  }
}

/** Bodies that never end: slots are taken until the deadline, and free after it. */
async function slowLoris(bed: Bed, product: Product): Promise<Finding> {
  const [mine, other] = await two(bed, 'slow')
  await bed.provider.clear()
  await bed.provider.faults({ ...atEase, api_faults_for: met, slow_body_ms: 120_000 })
  const hanging = product.ask('calls', { calls: Array.from({ length: 64 }, () => list(mine)), workers: 64 })
  const beside = await product.ask('calls', {
    calls: Array.from({ length: 200 }, () => list(other)),
    workers: 4,
  })
  const ended = await hanging
  await bed.provider.faults({ slow_body_ms: null })
  const [row] = await bed.cluster.sql<{ ms: number }>(
    'SELECT max(duration_ms) AS ms FROM executions WHERE account_id = $1',
    [mine.uuid],
  )
  // From the moment at which it took its slot.
  const slowest = (row?.ms ?? Number.POSITIVE_INFINITY) / 1000
  await new Promise((wake) => setTimeout(wake, 6_500))
  const freed = await product.ask('calls', {
    calls: Array.from({ length: 16 }, () => list(mine)),
    workers: 1,
  })
  return {
    fault: '3',
    ...finding(
      '64 calls whose answers trickle for two minutes, 200 of another org beside them',
      {
        "the other org's calls refused": notDone(beside),
        'not told of the time': ended.filter(({ outcome }) => outcome !== 'upstream_timeout').length,
        'slots not freed': notDone(freed),
      },
      {
        facts: {
          'the last ended after': `${slowest.toFixed(1)} s of 30`,
          "the other org's p99": inMs(p99(beside)),
        },
        holds: slowest <= 31,
      },
    ),
  }
}

type Odd = { fault: string; injected: string; knobs: FaultsAsked }

const odd: readonly Odd[] = [
  { fault: '4', injected: 'answers cut off in the middle', knobs: { reset_mid_body: 9 } },
  { fault: '5', injected: 'a body of 200 MB', knobs: { huge_body_bytes: 200_000_000 } },
  { fault: '6', injected: 'a gzip bomb of 500 MB', knobs: { gzip_bomb_bytes: 500_000_000 } },
  { fault: '7', injected: 'JSON that is none', knobs: { invalid_json: true } },
  { fault: '7', injected: 'a page of HTML with status 200', knobs: { html_200: true } },
]

/** An answer that cannot be taken: a read says so, and a write that nothing protects is unknown and never made again. */
async function spoilt(bed: Bed, product: Product, { fault, injected, knobs }: Odd): Promise<Finding> {
  const [mine] = await two(bed, injected.replaceAll(' ', '-'))
  await bed.provider.clear()
  await product.ask('calls', { calls: [list(mine)], workers: 1 })
  await bed.provider.faults({ ...atEase, ...knobs })
  const rss = await product.ask('rss', {})
  const [read] = await product.ask('calls', { calls: [list(mine)], workers: 1 })
  const before = (await apiRequests(bed, 'POST')).length
  const [wrote] = await product.ask('calls', { calls: [append(mine, 'spoilt')], workers: 1 })
  const grownMb = (await product.ask('rss', {})) - rss
  const sent = (await apiRequests(bed, 'POST')).length - before
  await bed.provider.reset()
  const there = (await tasksAt(bed, met)).get('spoilt') ?? 0
  return {
    fault,
    ...finding(
      `${injected}, to a read and to a write that no key protects`,
      {
        'not told as an error of the provider': [read, wrote].filter(
          (told) => told?.outcome !== 'upstream_error',
        ).length,
        unclassified: [read, wrote].filter((told) => !told?.category).length,
        'the write not unknown': wrote?.unknown ? 0 : 1,
        'effects beyond one': Math.max(0, there - 1) + Math.max(0, sent - 1),
      },
      {
        facts: { category: read?.category ?? 'none', 'memory grown by': `${Math.max(0, grownMb)} MB` },
        holds: grownMb < 150 && there === 1,
      },
    ),
  }
}

/** Where it would lead: nothing may arrive there, our token least of all. */
async function redirected(bed: Bed, product: Product): Promise<Finding> {
  const heard: string[] = []
  const inside = createServer((request, response) => {
    heard.push(request.headers.authorization ?? '')
    response.end('{}')
  })
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve))
  const address = inside.address()
  const port = typeof address === 'object' && address ? address.port : 0
  try {
    const [mine] = await two(bed, 'redirect')
    await bed.provider.clear()
    await bed.provider.faults({ ...atEase, redirect_to: `http://127.0.0.1:${port}/latest/meta-data` })
    const told = await product.ask('calls', { calls: [list(mine), append(mine, 'elsewhere')], workers: 1 })
    return {
      fault: '8',
      ...finding('a read and a write redirected to a listener inside', {
        'hits there': heard.length,
        'tokens there': heard.filter((token) => token !== '').length,
        followed: (await apiRequests(bed)).length - 2,
        'not told as an error of the provider': told.filter(({ outcome }) => outcome !== 'upstream_error')
          .length,
      }),
    }
  } finally {
    inside.close()
  }
}

export const oddCalls: Scenario = {
  fault: '2–8',
  name: 'odd-calls',
  inShort: true,
  plants: 'a provider that fails for everybody',
  async run(bed, short) {
    const [product] = await bed.crewOf(1)
    if (!product) throw new Error('no process')
    const found = [await burst(bed, product, short ? 100 : 1_000)]
    if (!short) found.push(await slowLoris(bed, product))
    for (const one of odd) found.push(await spoilt(bed, product, one))
    found.push(await redirected(bed, product))
    return found
  },
}
