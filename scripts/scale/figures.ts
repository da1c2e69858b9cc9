import { cpuMsOfTree } from '../../bench/processor.ts'
import type { Query } from './queries.ts'

/** Of one query, in milliseconds: by the clock, and of the processor (of this process and the database). */
export type Figure = { p50: number; p95: number; cpu: number }

/** Each is asked so often, after it was asked once. */
const rounds = 7

/** @param postmaster its process, for what the database took */
export async function measured(queries: readonly Query[], postmaster: number): Promise<Map<string, Figure>> {
  const figures = new Map<string, Figure>()
  const spent = () =>
    process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000 + (cpuMsOfTree(postmaster) ?? 0)
  for (const { name, run } of queries) {
    await run()
    const before = spent()
    const took: number[] = []
    for (let round = 0; round < rounds; round++) {
      const startedAt = performance.now()
      await run()
      took.push(performance.now() - startedAt)
    }
    took.sort((a, b) => a - b)
    const at = (share: number) =>
      took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
    figures.set(name, { p50: at(0.5), p95: at(0.95), cpu: (spent() - before) / rounds })
  }
  return figures
}
