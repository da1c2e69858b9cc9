// From latencies to figures, and from figures to the table. Pure.

export type Latency = { p50Ms: number; p95Ms: number; p99Ms: number }

/** What one program did at one concurrency: the medians of its rounds, and the sum of its errors. */
export type Figures = Latency & { requestsPerSecond: number; errors: number; cpuMs: CpuMs }

/** Processor time per request; `null` where it is not known or not the program's. */
export type CpuMs = { program: number | null; database: number | null }

/** One program's figures by number of connections, and its memory after the last round. */
export type Result = { id: string; name: string; rssMb: number | null; at: Record<number, Figures> }

/**
 * The smallest value that at least `share` of all values do not exceed (nearest rank).
 * @param share 0 to 1
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export function latencyOf(latenciesMs: readonly number[]): Latency {
  const sorted = Float64Array.from(latenciesMs).sort()
  return { p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95), p99Ms: percentile(sorted, 0.99) }
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  return sorted.length % 2 === 1 ? high : ((sorted[sorted.length / 2 - 1] ?? Number.NaN) + high) / 2
}

/** The medians of several rounds, figure by figure: one disturbed round does not move them. */
export function mediansOf(rounds: readonly Figures[]): Figures {
  const of = (figure: (round: Figures) => number) => median(rounds.map(figure))
  return {
    requestsPerSecond: of((round) => round.requestsPerSecond),
    p50Ms: of((round) => round.p50Ms),
    p95Ms: of((round) => round.p95Ms),
    p99Ms: of((round) => round.p99Ms),
    errors: rounds.reduce((sum, round) => sum + round.errors, 0),
    cpuMs: {
      program: known(rounds.map(({ cpuMs }) => cpuMs.program)),
      database: known(rounds.map(({ cpuMs }) => cpuMs.database)),
    },
  }
}

const known = (values: readonly (number | null)[]): number | null => {
  const found = values.filter((value) => value !== null)
  return found.length === 0 ? null : median(found)
}

/** How Behalf stands to what it is measured against, at one number of connections. */
export type Ratios = {
  connections: number
  toCeiling: number
  toNextCall: number
  /** What Behalf adds to the upstream's own median. */
  addedP50Ms: number
  /** The ceiling's processor time, its database's included, by Behalf's: what `toCeiling` is where both lack nothing else. */
  cpuToCeiling: number | null
}

/** @throws Error when one of the programs has no figures at `connections` */
export function ratiosOf(results: readonly Result[], connections: number): Ratios {
  const at = (id: string): Figures => {
    const figures = results.find((result) => result.id === id)?.at[connections]
    if (!figures) throw new Error(`no figures of ${id} at ${connections} connections`)
    return figures
  }
  const { requestsPerSecond, p50Ms, cpuMs } = at('behalf')
  return {
    connections,
    toCeiling: requestsPerSecond / at('ceiling').requestsPerSecond,
    toNextCall: requestsPerSecond / at('next-call').requestsPerSecond,
    addedP50Ms: p50Ms - at('upstream').p50Ms,
    cpuToCeiling: shareOf(at('ceiling').cpuMs, cpuMs),
  }
}

const shareOf = (ceiling: CpuMs, own: CpuMs): number | null =>
  ceiling.program === null || ceiling.database === null || own.program === null || own.database === null
    ? null
    : (ceiling.program + ceiling.database) / (own.program + own.database)

/** What a call may cost beside the ceiling, where calls come together (docs/adr/0011-what-a-call-costs.md). */
const cpuToCeilingMin = 0.15

/** The bars that these figures miss, in words. */
export const missedBars = (results: readonly Result[], concurrencies: readonly number[]): string[] =>
  concurrencies
    .filter((connections) => connections > 1)
    .flatMap((connections) => {
      const { cpuToCeiling } = ratiosOf(results, connections)
      return cpuToCeiling !== null && cpuToCeiling < cpuToCeilingMin
        ? [
            `${connections} connections: ${cpuToCeiling.toFixed(3)} of the ceiling by processor time, less than ${cpuToCeilingMin}`,
          ]
        : []
    })

const nameWidth = 36
const columns = ['req/s', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU ms', 'DB ms', 'RSS MB', 'errors'] as const

/** Thousands need no fraction, a millisecond needs two digits of it. */
const digits = (value: number): string => (value < 100 ? value.toFixed(2) : value.toFixed(0))

/** The table of one number of connections with the ratios below it. */
export function renderTable(results: readonly Result[], connections: number): string {
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(nameWidth)}${cells.map((cell) => cell.padStart(9)).join('')}`
  const rows = results.flatMap(({ name, rssMb, at }) => {
    const figures = at[connections]
    if (!figures) return []
    const { requestsPerSecond, p50Ms, p95Ms, p99Ms, errors, cpuMs } = figures
    const memory = rssMb === null ? '–' : rssMb.toFixed(0)
    return [
      line(name, [
        requestsPerSecond.toFixed(0),
        digits(p50Ms),
        digits(p95Ms),
        digits(p99Ms),
        cpuMs.program === null ? '–' : digits(cpuMs.program),
        cpuMs.database === null ? '–' : digits(cpuMs.database),
        memory,
        String(errors),
      ]),
    ]
  })
  const { toCeiling, toNextCall, addedP50Ms, cpuToCeiling } = ratiosOf(results, connections)
  return [
    line(`${connections} connection${connections === 1 ? '' : 's'}`, columns),
    ...rows,
    `  Behalf / ceiling ${toCeiling.toFixed(3)}, Behalf / Next with the call ${toNextCall.toFixed(3)}, p50 added to the upstream ${digits(addedP50Ms)} ms`,
    ...(cpuToCeiling === null
      ? []
      : [`  by processor time per call: Behalf / ceiling ${cpuToCeiling.toFixed(3)}`]),
    ...variantsOf(results, connections),
  ].join('\n')
}

/** Behalf with more asked of it, beside the ceiling that does none of it. */
function variantsOf(results: readonly Result[], connections: number): string[] {
  const ceiling = results.find(({ id }) => id === 'ceiling')?.at[connections]
  return results.flatMap(({ id, name, at }) => {
    const figures = at[connections]
    if (!id.startsWith('behalf-') || !figures || !ceiling) return []
    const ratio = figures.requestsPerSecond / ceiling.requestsPerSecond
    const cpu = shareOf(ceiling.cpuMs, figures.cpuMs)
    return [
      `  ${name} / ceiling ${ratio.toFixed(3)}${cpu === null ? '' : `, by processor time ${cpu.toFixed(3)}`}`,
    ]
  })
}
