import type { Bed } from '../bed.ts'
import { atEase, callBooks, sweepAll, tasksAt, untruths, type Write } from '../calls.ts'
import type { Account } from '../commands.ts'
import type { Product } from '../product.ts'
import { type Finding, finding, type Scenario } from '../scenario.ts'

type Kind = {
  tool: string
  injected: (count: number) => string
  /** Whose board of tasks at the provider they go to. */
  user: string
  /** How often the connection breaks before the provider did anything, and after it did everything. */
  drops: { before: number; after: number }
  /** Whether the product may send them again. */
  repeatable: boolean
  lookedUp: boolean
}

const kinds: readonly Kind[] = [
  {
    tool: 'sandbox.create_task',
    injected: (count) => `${count} writes under a key of the provider's, every fifth answer dropped`,
    user: 'ana',
    drops: { before: 0.04, after: 0.16 },
    repeatable: true,
    lookedUp: true,
  },
  {
    tool: 'sandbox.append_task',
    injected: (count) => `${count} writes that no key protects, every fifth answer dropped`,
    user: 'ben',
    drops: { before: 0.04, after: 0.16 },
    repeatable: false,
    lookedUp: false,
  },
  {
    tool: 'sandbox.note_task',
    injected: (count) =>
      `${count} writes that no key protects and that can be looked up, every fifth answer dropped`,
    user: 'cleo',
    drops: { before: 0.08, after: 0.12 },
    repeatable: false,
    lookedUp: true,
  },
]

const hasLeft = ({ told }: Write) => told?.outcome !== 'circuit_open' || told.unknown

/** Writes until so many were made; what the breaker refused has not left, and is followed by others. */
async function writeAll(product: Product, account: Account, { tool }: Kind, count: number) {
  const writes: Write[] = []
  const made = () => writes.filter(hasLeft).length
  while (made() < count) {
    const titles = Array.from(
      { length: Math.min(250, count - made()) },
      (_, at) => `${tool} ${writes.length + at}`,
    )
    const calls = titles.map((title) => ({ account: account.id, tool, params: { title } }))
    const told = await product.ask('calls', { calls, workers: 50 })
    writes.push(...titles.map((title, at) => ({ title, told: told[at] ?? null })))
    const closed = Math.max(
      0,
      ...told.filter(({ outcome }) => outcome === 'circuit_open').map(({ retryAfter }) => retryAfter ?? 1),
    )
    if (closed > 0) await new Promise((wake) => setTimeout(wake, closed * 1_000))
  }
  return writes
}

async function dropped(bed: Bed, product: Product, kind: Kind, count: number): Promise<Finding> {
  const org = `fault-4-${kind.tool}`
  const [account] = await bed.accounts(org, 1, kind.user)
  if (!account) throw new Error('no account')
  await bed.provider.clear()
  await bed.provider.faults({ ...atEase, api_drops: kind.drops })
  const started = performance.now()
  const writes = await writeAll(product, account, kind, count)
  const seconds = (performance.now() - started) / 1000
  const sent = (await bed.provider.state()).api['POST /api/tasks'] ?? 0
  await bed.provider.faults({ api_drops: null })
  const unknown = writes.filter(({ told }) => told?.unknown).length
  const made = writes.filter(hasLeft).length
  await sweepAll(bed, product, org, kind.lookedUp ? [kind.tool] : [])
  if (bed.planted) {
    const [again] = writes
    await product.ask('calls', {
      calls: [{ account: account.id, tool: kind.tool, params: { title: again?.title } }],
      workers: 1,
    })
  }
  const there = await tasksAt(bed, kind.user)
  const books = await callBooks(bed, org)
  const still = books.states.unknown ?? 0
  return finding(
    kind.injected(count),
    {
      ...untruths(writes, there, books),
      ...(kind.lookedUp ? { 'not found out': still } : { 'repeated by us': Math.max(0, sent - made) }),
    },
    {
      facts: {
        acknowledged: writes.filter(({ told }) => told?.outcome === 'succeeded').length,
        'requests at the provider': sent,
        'told that it is unknown': unknown,
        ...(kind.lookedUp && { 'found out afterwards': unknown - still }),
        ...(made < writes.length && { 'kept back by the breaker': writes.length - made }),
        'calls/s': Math.round(made / seconds),
      },
      // Where nothing was sent again, or nothing was unknown, nothing was tried.
      holds: kind.repeatable ? sent > made : unknown > 0,
    },
  )
}

/** Answers are lost on their way, over and over: what a provider can tell apart is made once, and the rest is told. */
export const droppedAnswers4: Scenario = {
  fault: '4',
  name: 'dropped-answers',
  inShort: true,
  plants: 'one write made again',
  async run(bed, short) {
    const [product] = await bed.crewOf(1)
    if (!product) throw new Error('no process')
    const counts = short ? [150, 40, 30] : [10_000, 2_000, 500]
    const found: Finding[] = []
    for (const [at, kind] of kinds.entries()) found.push(await dropped(bed, product, kind, counts[at] ?? 0))
    return found
  },
}
