// What a run found, for whoever runs it: printing is what this is for.
import type { Figure } from './figures.ts'

/** What a query may take at the server, half of the time, in milliseconds. */
const p50MsMax = 300
/** How many times slower half of a group's queries may be beside the large organization than beside the small one. */
const growthMax = 1.5

const one = (ms: number): string => ms.toFixed(1)
const groupOf = (name: string): string => name.slice(0, name.indexOf(':'))

function medianOf(of: 'p50' | 'cpu', figures: readonly Figure[]): number {
  const sorted = figures.map((figure) => figure[of]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/**
 * Prints every query, and every group of them: how long it takes, and how much longer than the same beside few.
 * @param few the same queries beside few
 * @returns whether every bar was met
 */
export function told(figures: ReadonlyMap<string, Figure>, few: ReadonlyMap<string, Figure>): boolean {
  const before = (name: string): Figure =>
    few.get(name) ?? { p50: Number.NaN, p95: Number.NaN, cpu: Number.NaN }
  console.log(`${'ms'.padEnd(64)}    p50    p95  processor  p50 of few`)
  for (const [name, { p50, p95, cpu }] of figures) {
    const cells = [one(p50).padStart(6), one(p95).padStart(6), one(cpu).padStart(10)]
    console.log(
      `${name.padEnd(64)} ${cells.join(' ')} ${one(before(name).p50).padStart(11)}${p50 > p50MsMax ? '  SLOW' : ''}`,
    )
  }
  console.log(
    `\n${'group'.padEnd(14)} queries  slow  median  slowest  of few: median  slowest  growth  by processor`,
  )
  let bad = 0
  for (const [group, entries] of Map.groupBy(figures, ([name]) => groupOf(name))) {
    const now = entries.map(([, figure]) => figure)
    const then = entries.map(([name]) => before(name))
    const slow = now.filter(({ p50 }) => p50 > p50MsMax).length
    const growth = medianOf('p50', now) / medianOf('p50', then)
    // What was not measured beside few is no growth that was seen: it misses the bar.
    const grew = !(growth <= growthMax)
    bad += slow + Number(grew)
    const most = (of: readonly Figure[]) => one(Math.max(...of.map(({ p50 }) => p50)))
    console.log(
      `${group.padEnd(14)} ${String(entries.length).padStart(7)} ${String(slow).padStart(5)} ${one(medianOf('p50', now)).padStart(7)} ${most(now).padStart(8)} ${one(medianOf('p50', then)).padStart(15)} ${most(then).padStart(8)} ${growth.toFixed(2).padStart(7)} ${(medianOf('cpu', now) / medianOf('cpu', then)).toFixed(2).padStart(13)}${grew ? '  GREW' : ''}`,
    )
  }
  console.log(
    `${figures.size} queries; ${bad} misses of the bars: p50 at most ${p50MsMax} ms, the median of a group at most ${growthMax} times that of few`,
  )
  return bad === 0
}
