import type { Bed } from '../bed.ts'
import { apiRequests, atEase, warm } from '../calls.ts'
import type { Product } from '../product.ts'
import { type Finding, finding, type Scenario, until } from '../scenario.ts'

const org = 'fault-1'
const list = (account: string) => ({ account, tool: 'sandbox.list_tasks' })

type Said = { words: string; retryAfter: number | 'http-date' | 'past' | null; msAtLeast: number }

const said: readonly Said[] = [
  { words: '2 s', retryAfter: 2, msAtLeast: 2_000 },
  // A date has whole seconds: two ahead is at least one.
  { words: 'a date in 2 s', retryAfter: 'http-date', msAtLeast: 1_000 },
  // Past, or nothing said: not at once all the same.
  { words: 'a date that is past', retryAfter: 'past', msAtLeast: 1_000 },
  { words: 'nothing', retryAfter: null, msAtLeast: 1_000 },
]

/** Long enough to be early in, on a machine that has much to do. */
const long: Said = { words: '10 s', retryAfter: 10, msAtLeast: 10_000 }

/** One account that two processes call: what one of them was told holds for both, and for that account alone. */
async function shared(
  bed: Bed,
  [one, other]: readonly Product[],
  { words, retryAfter, msAtLeast }: Said,
): Promise<Finding> {
  const [account, another] = await bed.accounts(org, 2)
  if (!one || !other || !account || !another) throw new Error('no processes or no accounts')
  await Promise.all([one, other].map((product) => warm(product, another)))
  await bed.provider.reset()
  await bed.provider.faults({ ...atEase, next_status: { status: 429, count: 1, retry_after: retryAfter } })
  const first = one.ask('calls', { calls: [list(account.id)], workers: 1 })
  // From here on every process can know.
  await until('the refusal to be noted', async () => {
    const rows = await bed.cluster.sql('SELECT FROM upstream_waits WHERE subject_id = $1', [account.uuid])
    return rows.length > 0
  })
  if (bed.planted) await bed.cluster.sql('DELETE FROM upstream_waits')
  const calls = Array.from({ length: 20 }, () => list(account.id))
  const told = Promise.all([one, other].map((product) => product.ask('calls', { calls, workers: 20 })))
  const [free] = await other.ask('calls', { calls: [list(another.id)], workers: 1 })
  const answers = [...(await first), ...(await told).flat()]
  const token = (request: { headers: Record<string, unknown> }) => request.headers.authorization
  const [refused, ...later] = await apiRequests(bed)
  const refusedAt = Date.parse(refused?.at ?? '')
  const mine = later.filter((request) => token(request) === token(refused ?? request))
  const theirs = later.filter((request) => !mine.includes(request))
  const at = mine.map((request) => Date.parse(request.at) - refusedAt)
  return finding(
    `a 429 with Retry-After: ${words}, told to one of 2 processes that share the account`,
    {
      'calls before the allowed time': at.filter((ms) => ms < msAtLeast).length,
      'calls refused': answers.filter(({ outcome }) => outcome !== 'succeeded').length,
      'another account kept away':
        free?.outcome === 'succeeded' && (theirs[0]?.at ?? '') < (mine[0]?.at ?? '') ? 0 : 1,
    },
    {
      facts: { 'calls that waited': mine.length, 'first of them after': `${Math.min(...at)} ms` },
      holds: mine.length === 41,
    },
  )
}

/** A wait that no call can sit out: said to the caller, within reason, by the process that was not told itself too. */
async function absurd(bed: Bed, [one, other]: readonly Product[]): Promise<Finding> {
  const [account] = await bed.accounts(org, 1)
  if (!one || !other || !account) throw new Error('no processes or no account')
  await bed.provider.reset()
  await bed.provider.faults({ ...atEase, next_status: { status: 429, count: 1, retry_after: 31_536_000 } })
  const ask = (product: Product) => product.ask('calls', { calls: [list(account.id)], workers: 1 })
  const told = [...(await ask(one)), ...(await ask(other))]
  return finding('a 429 with Retry-After: a year', {
    'calls after it': (await apiRequests(bed)).length - 1,
    'not told so': told.filter(({ outcome }) => outcome !== 'upstream_rate_limited').length,
    'told more than an hour': told.filter(({ retryAfter }) => (retryAfter ?? 4_000) > 3_600).length,
  })
}

export const rateLimit1: Scenario = {
  fault: '1',
  name: 'rate-limit',
  inShort: true,
  plants: 'what one process was told deleted before the other reads it',
  async run(bed, short) {
    const crew = await bed.crewOf(2)
    const found: Finding[] = []
    for (const one of bed.planted ? [long] : short ? said.slice(0, 1) : said)
      found.push(await shared(bed, crew, one))
    found.push(await absurd(bed, crew))
    return found
  },
}
