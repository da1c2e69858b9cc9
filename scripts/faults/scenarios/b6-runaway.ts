import { setTimeout as wait } from 'node:timers/promises'
import type { Bed } from '../bed.ts'
import type { Account, Commands } from '../commands.ts'
import type { Product } from '../product.ts'
import { countOf, type Finding, finding, quantile, type Scenario } from '../scenario.ts'

const org = 'fault-b6'

type Subject = Commands['placeStop']['asks']['subject']

/** Calls that never end by themselves: a limit holds them, and the kill switch ends them at once in every process. */
export const runawayB6: Scenario = {
  fault: 'B6',
  name: 'runaway',
  inShort: false,
  plants: 'no limit set, and no stop placed',
  async run(bed, short) {
    const crew = await bed.crewOf(3)
    return [
      await runaway(bed, crew, short ? 1_000 : 3_000),
      await atOnce(bed, crew),
      await propagation(bed, crew, short ? 5 : 12),
      await inFlight(bed, crew, short ? 2 : 4),
    ]
  },
}

const inWholeMs = (ms: number): string => (Number.isNaN(ms) ? '–' : `${ms.toFixed(0)} ms`)

async function one(bed: Bed, of = org): Promise<Account> {
  const [account] = await bed.accounts(of, 1)
  if (!account) throw new Error('no account')
  await bed.provider.reset()
  await bed.provider.faults({ rate_limit_per_minute: 1_000_000 })
  return account
}

const calls = (product: Product | undefined, account: Account, count: number, workers: number, more = {}) => {
  if (!product) throw new Error('no process')
  return product.ask('each', {
    work: 'execute',
    accounts: Array.from({ length: count }, () => account.id),
    org: account.org,
    workers,
    ...more,
  })
}

/** Calls in a loop by processes that share one limit, and another org that is served as if they were not there. */
async function runaway(bed: Bed, crew: readonly Product[], count: number): Promise<Finding> {
  const own = `${org}-loop`
  const account = await one(bed, own)
  const other = await one(bed, `${own}-other`)
  const most = 50
  const [first] = crew
  if (!bed.planted)
    await first?.ask('setLimit', { org: own, name: 'a loop', kind: 'rate', most, window_seconds: 86_400 })
  const list = {
    calls: Array.from({ length: 300 }, () => ({ account: other.id, tool: 'sandbox.list_projects' })),
    workers: 4,
  }
  const aside = async () => (await first?.ask('calls', list)) ?? []
  await aside()
  const alone = await aside()
  const started = performance.now()
  const each = Math.ceil(count / crew.length)
  const running = crew.map((product) => calls(product, account, each, 16))
  const beside = await aside()
  const ran = await Promise.all(running)
  const seconds = (performance.now() - started) / 1000
  const of = (code: string) => ran.reduce((sum, { outcomes }) => sum + countOf(outcomes, code), 0)
  const unavailable = of('unavailable')
  const others = ran.flatMap(({ outcomes }) => Object.keys(outcomes))
  if (unavailable > 0) console.error(`  ${[...new Set(others)].join(', ')}`)
  const [audited] = await bed.cluster.sql<{ n: number }>(
    `SELECT count(*)::int AS n FROM audit_events a JOIN organizations o ON o.id = a.org_id
     WHERE o.external_id = $1 AND a.outcome = 'denied' AND a.error_code = 'rate_limited'`,
    [own],
  )
  const made = (await bed.provider.state()).api['GET /api/tasks'] ?? 0
  const p99 = (told: typeof alone) =>
    inWholeMs(
      quantile(
        told.map(({ ms }) => ms),
        0.99,
      ),
    )
  return finding(
    `${each * crew.length} calls in a loop by ${crew.length} processes, where ${most} are allowed, ${beside.length} of another org beside them`,
    {
      'calls beyond the limit at the provider': Math.max(0, made - most),
      'refusals not audited': of('rate_limited') - (audited?.n ?? 0),
      'told otherwise': each * crew.length - of('succeeded') - of('rate_limited') - unavailable,
      "the other org's calls refused": beside.filter(({ outcome }) => outcome !== 'succeeded').length,
    },
    {
      facts: {
        made: of('succeeded'),
        'refused with 429': of('rate_limited'),
        ...(unavailable > 0 && { unavailable }),
        'calls/s': Math.round(count / seconds),
        "the other org's p99": `${p99(alone)} alone, ${p99(beside)} beside`,
      },
      holds: of('succeeded') === most && unavailable < count / 100,
    },
  )
}

/** A limit of calls at once, over processes: what the provider has of them at a time. */
async function atOnce(bed: Bed, crew: readonly Product[]): Promise<Finding> {
  const own = `${org}-at-once`
  const account = await one(bed, own)
  const [most, latencyMs] = [5, 300]
  if (!bed.planted) await crew[0]?.ask('setLimit', { org: own, name: 'at once', kind: 'concurrency', most })
  await bed.provider.faults({ latency_ms: latencyMs, latency_for: 'api' })
  const ran = await Promise.all(crew.map((product) => calls(product, account, 60, 12)))
  const of = (code: string) => ran.reduce((sum, { outcomes }) => sum + countOf(outcomes, code), 0)
  const starts = (await bed.provider.state()).last_requests
    .filter(({ path }) => path.startsWith('/api/'))
    .map(({ at }) => Date.parse(at))
    .sort((one_, other) => one_ - other)
  // Each is there for as long as the provider takes to answer.
  const together = starts.map(
    (at, first) => starts.filter((later, n) => n >= first && later - at < latencyMs - 5).length,
  )
  const fullest = Math.max(0, ...together)
  return finding(
    `${60 * crew.length} calls by ${crew.length} processes × 12 workers, where ${most} may be under way at once`,
    {
      'beyond the limit at a time': Math.max(0, fullest - most),
      'neither made nor refused': 60 * crew.length - of('succeeded') - of('rate_limited'),
    },
    {
      facts: { made: of('succeeded'), 'refused with 429': of('rate_limited'), 'most at a time': fullest },
      holds: fullest > 1,
    },
  )
}

/** The switch under full load of two processes, thrown by a third. */
async function propagation(bed: Bed, crew: readonly Product[], rounds: number): Promise<Finding> {
  const [one_, other, third] = crew
  const last: number[] = []
  const took: number[] = []
  const zeros = {
    'calls that started after the answer': 0,
    'let through after it': 0,
    'still under way at it': 0,
  }
  let before = 0
  for (let round = 0; round < rounds; round++) {
    const account = await one(bed)
    await bed.provider.faults({ latency_ms: 20, latency_for: 'api' })
    const loaded = [one_, other].map((product) => calls(product, account, 200, 24))
    await wait(300 + Math.random() * 300)
    const subjects: Subject[] = [
      { type: 'tool', id: 'sandbox.list_tasks' },
      { type: 'connector', id: 'sandbox' },
      { type: 'org' },
      { type: 'all' },
    ]
    const subject = subjects[round % subjects.length] ?? { type: 'all' }
    const placed = bed.planted
      ? null
      : await third?.ask('placeStop', { org: subject.type === 'all' ? null : org, subject })
    const answeredAt = placed?.answeredAt ?? Date.now()
    const outcomes = await Promise.all([one_, other].map((product) => calls(product, account, 24, 24)))
    await Promise.all(loaded)
    const { last_requests } = await bed.provider.state()
    const starts = last_requests
      .filter(({ path }) => path.startsWith('/api/'))
      .map(({ at }) => Date.parse(at))
    const after = starts.filter((at) => at > answeredAt).length
    before += starts.length - after
    last.push(Math.max(...starts) - answeredAt)
    took.push(placed?.tookMs ?? Number.NaN)
    zeros['calls that started after the answer'] += after
    zeros['let through after it'] += outcomes.reduce(
      (sum, { outcomes: of }) => sum + countOf(of, 'succeeded'),
      0,
    )
    zeros['still under way at it'] += placed?.inFlight ?? 0
    if (placed) await third?.ask('liftStop', { org: subject.type === 'all' ? null : org, id: placed.id })
  }
  const late = last.map((ms) => Math.max(0, ms))
  return finding(
    `the kill switch thrown ${rounds} times under 48 concurrent calls of 2 processes, by a third`,
    zeros,
    {
      facts: {
        'answer to last start p50': inWholeMs(quantile(late, 0.5)),
        p99: inWholeMs(quantile(late, 0.99)),
        'last start to answer p50': inWholeMs(
          quantile(
            last.map((ms) => Math.max(0, -ms)),
            0.5,
          ),
        ),
        'the switch took p50': inWholeMs(quantile(took, 0.5)),
        'took p99': inWholeMs(quantile(took, 0.99)),
      },
      holds: before >= rounds,
    },
  )
}

/** Reads and writes that the provider has and does not answer. */
async function inFlight(bed: Bed, crew: readonly Product[], rounds: number): Promise<Finding> {
  const [one_, other, third] = crew
  const own = `${org}-flight`
  const took: number[] = []
  const zeros = {
    'not cancelled': 0,
    'writes not unknown': 0,
    'sent twice': 0,
    'still under way at the answer': 0,
  }
  for (let round = 0; round < rounds; round++) {
    const account = await one(bed, own)
    await bed.provider.faults({ latency_ms: 10_000, latency_for: 'api' })
    const write = { tool: 'sandbox.create_task', params: { title: 'Once' } }
    const underway = [calls(one_, account, 8, 8), calls(other, account, 8, 8, write)]
    const reached = async () =>
      (await bed.provider.state()).last_requests.filter(({ path }) => path.startsWith('/api/')).length
    for (const until = performance.now() + 10_000; (await reached()) < 16 && performance.now() < until; )
      await wait(10)
    const placed = bed.planted ? null : await third?.ask('placeStop', { org: own, subject: { type: 'org' } })
    const ended = await Promise.all(underway)
    took.push(placed?.tookMs ?? Number.NaN)
    const paused = ended.reduce((sum, { outcomes }) => sum + countOf(outcomes, 'account_paused'), 0)
    const [rows] = await bed.cluster.sql<{ unknown: number }>(
      `SELECT count(*)::int AS unknown FROM executions WHERE account_id = $1 AND status = 'unknown'`,
      [account.uuid],
    )
    zeros['not cancelled'] += 16 - paused
    zeros['writes not unknown'] += 8 - (rows?.unknown ?? 0)
    zeros['sent twice'] += (await reached()) - 16
    zeros['still under way at the answer'] += placed?.inFlight ?? 16
    if (placed) await third?.ask('liftStop', { org: own, id: placed.id })
  }
  return finding(
    `8 reads and 8 writes at the provider from 2 processes, ${rounds} times, ended by the kill switch of a third`,
    zeros,
    {
      facts: {
        'all ended within p50': inWholeMs(quantile(took, 0.5)),
        p99: inWholeMs(quantile(took, 0.99)),
      },
    },
  )
}
