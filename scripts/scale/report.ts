// What a run found, for whoever runs it: printing is what this is for.
import type { Figure } from './figures.ts'

/** What a query may take at the server, half of the time, in milliseconds. */
const p50MsMax = 300
/** How many times as long half of a group's queries may take beside the large organization as beside the small one. */
const growthMax = 1.5
/** Its pictures add up all that lies in a time: the more there is, the longer that takes. They are held to `p50MsMax` alone. */
const sums = 'usage'

type Pair = { now: Figure; beside: Figure }

const one = (ms: number): string => ms.toFixed(1)
const groupOf = (name: string): string => name.slice(0, name.indexOf(':'))

/** @returns not a number where there is nothing */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const p50Of = ({ p50 }: Figure) => p50
/** Beside one that failed whatever is compared with it would look quick. */
const isMeasured = ({ p50 }: Figure) => Number.isFinite(p50)
const grown = (pairs: readonly Pair[], of: 'p50' | 'cpu') =>
  median(pairs.map(({ now }) => now[of])) / median(pairs.map(({ beside }) => beside[of]))

/**
 * Prints every query, and every group of them: how long it takes, and how much longer than the same beside few. Growth is held
 * to its bar where the answer is as long: a page of 51 rows beside one of two tells how full the page is, not how much lies
 * around it. That of all is printed beside it.
 * @param few the same queries beside few
 * @returns whether every bar was met
 */
export function told(figures: ReadonlyMap<string, Figure>, few: ReadonlyMap<string, Figure>): boolean {
  const none = { p50: Number.NaN, p95: Number.NaN, cpu: Number.NaN, found: null }
  const pairs = [...figures].map(([name, now]) => ({ name, now, beside: few.get(name) ?? none }))
  console.log(`${'ms'.padEnd(64)}    p50    p95  processor  found  p50 of few  found of few`)
  for (const { name, now, beside } of pairs) {
    const cells = [one(now.p50).padStart(6), one(now.p95).padStart(6), one(now.cpu).padStart(10)]
    const found = [
      `${now.found ?? ''}`.padStart(6),
      one(beside.p50).padStart(11),
      `${beside.found ?? ''}`.padStart(13),
    ]
    const misses = `${now.p50 > p50MsMax ? '  SLOW' : ''}${isMeasured(beside) ? '' : '  NOT BESIDE FEW'}`
    console.log(`${name.padEnd(64)} ${cells.join(' ')} ${found.join(' ')}${misses}`)
  }
  console.log(
    `\n${'group'.padEnd(14)} queries  slow  median  slowest  of few: median  slowest  of all: growth  answers as long  growth  by processor`,
  )
  let bad = pairs.filter(({ beside }) => !isMeasured(beside)).length
  for (const [group, entries] of Map.groupBy(pairs, ({ name }) => groupOf(name))) {
    const slow = entries.filter(({ now }) => now.p50 > p50MsMax).length
    const alike = entries.filter(({ now, beside }) => now.found === beside.found)
    const growth = grown(alike, 'p50')
    // What was not measured beside few is no growth that was seen: it misses the bar.
    const grew = group !== sums && !(growth <= growthMax)
    bad += slow + Number(grew)
    const [now, beside] = [entries.map((pair) => p50Of(pair.now)), entries.map((pair) => p50Of(pair.beside))]
    console.log(
      [
        group.padEnd(14),
        String(entries.length).padStart(7),
        String(slow).padStart(5),
        one(median(now)).padStart(7),
        one(Math.max(...now)).padStart(8),
        one(median(beside)).padStart(15),
        one(Math.max(...beside)).padStart(8),
        grown(entries, 'p50').toFixed(2).padStart(15),
        String(alike.length).padStart(16),
        growth.toFixed(2).padStart(7),
        grown(alike, 'cpu').toFixed(2).padStart(13),
        grew ? ' GREW' : '',
      ].join(' '),
    )
  }
  console.log(
    `${figures.size} queries; ${bad} misses of the bars: p50 at most ${p50MsMax} ms; half of a group's queries whose answers are as long, at most ${growthMax} times that of few`,
  )
  return bad === 0
}
