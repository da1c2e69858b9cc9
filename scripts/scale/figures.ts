import { cpuMsOfTree } from '../processor.ts'
import type { Query } from './queries/known.ts'

/** Of one query, in milliseconds: by the clock, and of the processor (of this process and the database). */
export type Figure = { p50: number; p95: number; cpu: number }

/**
 * Asks each query so often, after it was asked once.
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
    try {
      await run()
      before = spent()
      for (let round = 0; round < rounds; round++) {
        const startedAt = performance.now()
        await run()
        took.push(performance.now() - startedAt)
      }
    } catch (error) {
      // Too slow for a transaction is too slow: the others are measured all the same.
      console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      took.push(Number.POSITIVE_INFINITY)
    }
    took.sort((a, b) => a - b)
    const at = (share: number) =>
      took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
    figures.set(name, { p50: at(0.5), p95: at(0.95), cpu: (spent() - before) / rounds })
  }
  return figures
}
