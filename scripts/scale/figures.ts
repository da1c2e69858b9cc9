import { cpuMsOfTree } from '../processor.ts'
import type { Query } from './queries/known.ts'

/** Of one query, in milliseconds: by the clock, and of the processor (of this process and the database). */
export type Figure = { p50: number; p95: number; cpu: number; found: Found }

/** How many rows an answer has, or counted; of a histogram, how many events are in it, or that they are a sample. */
type Found = number | 'sample' | null

/** A query is asked for so long before it is measured, and for so long then: what takes a millisecond is told by many looks. */
const [warmMs, measuredMs] = [100, 100]

function foundIn(answer: unknown): Found {
  if (Array.isArray(answer)) return answer.length
  const { count, share, total } = { count: null, share: 1, total: null, ...(answer as object | null) }
  const counted = count ?? total
  return share < 1 ? 'sample' : typeof counted === 'number' ? counted : null
}

/**
 * Asks each query some time, after it was asked as long as that.
 * @param rounds how often at least
 * @param postmaster its process, for what the database took
 */
export async function measured(
  queries: readonly Query[],
  rounds: number,
  postmaster: number,
): Promise<Map<string, Figure>> {
  const figures = new Map<string, Figure>()
  const spent = () =>
    process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000 + (cpuMsOfTree(postmaster) ?? 0)
  for (const { name, run } of queries) {
    const took: number[] = []
    let before = 0
    let found: Found = null
    const asked = async (leastMs: number, least: number, each: (ms: number) => void) => {
      const startedAt = performance.now()
      for (let round = 0; round < least || performance.now() - startedAt < leastMs; round++) {
        const at = performance.now()
        found = foundIn(await run())
        each(performance.now() - at)
      }
    }
    try {
      await asked(warmMs, 1, () => {})
      before = spent()
      await asked(measuredMs, rounds, (ms) => took.push(ms))
    } catch (error) {
      // Too slow for a transaction once is too slow, however quick before: the others are measured all the same.
      console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      took.fill(Number.POSITIVE_INFINITY).push(Number.POSITIVE_INFINITY)
    }
    took.sort((a, b) => a - b)
    const at = (share: number) =>
      took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
    figures.set(name, { p50: at(0.5), p95: at(0.95), cpu: (spent() - before) / took.length, found })
  }
  return figures
}

/** Figures for another process to read; JSON knows no infinity, which a query that failed took. */
export const writtenFigures = (figures: ReadonlyMap<string, Figure>): string => JSON.stringify([...figures])

export const readFigures = (text: string): Map<string, Figure> =>
  new Map(
    JSON.parse(text, (key, value) =>
      value === null && key !== 'found' ? Number.POSITIVE_INFINITY : value,
    ) as [string, Figure][],
  )
