import type { Figure } from './figures.ts'

/** What a query may take at the server, half of the time, in milliseconds. */
const p50MsMax = 300
/** How many times slower half of a group's queries may be beside the large organization than beside the small one. */
const growthMax = 1.5

const one = (ms: number): string => ms.toFixed(1)
const groupOf = (name: string): string => name.slice(0, name.indexOf(':'))

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/**
 * Prints every query, and every group of them: how long it takes, and how much longer than the same beside few.
 * @param small the same queries beside the small organization; `null` where it was not asked
 * @returns whether every bar was met
 */
export function told(
  figures: ReadonlyMap<string, Figure>,
  small: ReadonlyMap<string, Figure> | null,
): boolean {
  console.log(`${'ms'.padEnd(64)}    p50    p95  processor${small ? '  p50 of few' : ''}`)
  for (const [name, { p50, p95, cpu }] of figures) {
    const few = small?.get(name)?.p50
    console.log(
      `${name.padEnd(64)} ${one(p50).padStart(6)} ${one(p95).padStart(6)} ${one(cpu).padStart(10)}${few === undefined ? '' : one(few).padStart(12)}${p50 > p50MsMax ? '  SLOW' : ''}`,
    )
  }
  const groups = Map.groupBy(figures, ([name]) => groupOf(name))
  console.log(
    `\n${'group'.padEnd(16)} queries  slow  median  slowest${small ? '  median of few  growth  by processor' : ''}`,
  )
  let bad = 0
  for (const [group, entries] of groups) {
    const p50s = entries.map(([, { p50 }]) => p50)
    const slow = p50s.filter((ms) => ms > p50MsMax).length
    const middle = median(p50s)
    let growth = ''
    let grew = false
    if (small) {
      const before = entries.map(([name]) => small.get(name) ?? { p50: Number.NaN, p95: 0, cpu: Number.NaN })
      const few = median(before.map(({ p50 }) => p50))
      grew = middle / few > growthMax
      const cpu = median(entries.map(([, { cpu }]) => cpu)) / median(before.map(({ cpu }) => cpu))
      growth = `${one(few).padStart(15)} ${(middle / few).toFixed(2).padStart(7)} ${cpu.toFixed(2).padStart(13)}`
    }
    bad += slow + Number(grew)
    console.log(
      `${group.padEnd(16)} ${String(entries.length).padStart(7)} ${String(slow).padStart(5)} ${one(middle).padStart(7)} ${one(Math.max(...p50s)).padStart(8)}${growth}${grew ? '  GREW' : ''}`,
    )
  }
  console.log(
    `${figures.size} queries, ${bad} beyond the bars (p50 ${p50MsMax} ms; a group's median ${growthMax} times that of few)`,
  )
  return bad === 0
}
