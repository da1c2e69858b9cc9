import type { Tenant } from '#lib/proof'
import { look } from './look.ts'
import type { UsageRange } from './range.ts'
import { durationsIn, reachIn, type UsageFilter } from './source.ts'

export type ConnectorLatency = { connector: string; calls: number; p50Ms: number; p95Ms: number }

/** Calls by how long they took: `step` n is from 2^(n/8) milliseconds on. */
type Step = { step: number; calls: number }

/**
 * The duration that a share of the calls did not exceed, in milliseconds, within 9 %: within a step calls are taken to lie
 * evenly.
 * @param steps in order
 * @param share between 0 and 1
 */
export function percentile(steps: readonly Step[], share: number): number {
  const wanted = steps.reduce((sum, { calls }) => sum + calls, 0) * share
  let before = 0
  for (const { step, calls } of steps) {
    if (before + calls >= wanted) {
      const [low, high] = [2 ** (step / 8), 2 ** ((step + 1) / 8)]
      return low + (high - low) * ((wanted - before) / calls)
    }
    before += calls
  }
  return 0
}

/** How long the calls of each connector took that came to an end, the slowest first. */
export const latencyOf = (
  tenant: Tenant,
  range: UsageRange,
  filter: UsageFilter,
): Promise<ConnectorLatency[]> =>
  look(tenant, async (tx) => {
    const reach = await reachIn(tx, tenant, range)
    const rows = await tx.$queryRaw<{ connector: string; step: number; calls: bigint }[]>`
      SELECT connector, step, sum(calls)::bigint AS calls
      FROM (${durationsIn({ tenant, span: range, reach, steps: 'days' }, filter)}) AS s GROUP BY 1, 2 ORDER BY 1, 2`
    const byConnector = new Map<string, Step[]>()
    for (const { connector, step, calls } of rows) {
      const steps = byConnector.get(connector) ?? []
      byConnector.set(connector, steps)
      steps.push({ step, calls: Number(calls) })
    }
    return [...byConnector]
      .map(([connector, steps]) => ({
        connector,
        calls: steps.reduce((sum, { calls }) => sum + calls, 0),
        p50Ms: percentile(steps, 0.5),
        p95Ms: percentile(steps, 0.95),
      }))
      .sort((a, b) => b.p95Ms - a.p95Ms)
  })
