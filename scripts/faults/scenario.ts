import type { Bed } from './bed.ts'

/** One line of the table; `fault` where it is not the scenario's own. */
export type Finding = { fault?: string; injected: string; observed: string; ok: boolean }

export type Scenario = {
  /** Its number in THREATS.md. */
  fault: string
  /** For `--only`. */
  name: string
  /** Whether `npm test` runs it too; then `short` says that it is to be small. */
  inShort: boolean
  /** What `--planted` breaks in it, to see that its verdict can be bad; the code asks `bed.planted` at that place. */
  plants: string
  run(bed: Bed, short: boolean): Promise<Finding[]>
}

/** What must be zero, by its name: the words of a finding and its verdict in one. */
export type Zeros = Readonly<Record<string, number>>

export const inWords = (facts: Readonly<Record<string, number | string>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ')

/** A finding that is good when every one of `zeros` is zero and all of `also` holds. */
export function finding(
  injected: string,
  zeros: Zeros,
  also: { facts?: Readonly<Record<string, number | string>>; holds?: boolean } = {},
): Finding {
  const { facts = {}, holds = true } = also
  return {
    injected,
    observed: inWords({ ...facts, ...zeros }),
    ok: holds && Object.values(zeros).every((count) => count === 0),
  }
}

/** How often `outcome` came, whatever the reason that it names. */
export const countOf = (outcomes: Readonly<Record<string, number>>, outcome: string): number =>
  Object.entries(outcomes)
    .filter(([name]) => name === outcome || name.startsWith(`${outcome} (`))
    .reduce((sum, [, count]) => sum + count, 0)

/** @param share 0.5 for the median */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const inMs = (seconds: number): string =>
  Number.isNaN(seconds) ? '–' : `${(seconds * 1000).toFixed(1)} ms`

/** @throws Error when it does not come about in time; `what` says what was waited for */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  secondsMax = 30,
): Promise<void> {
  const giveUpAt = performance.now() + secondsMax * 1000
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`waited ${secondsMax} s in vain: ${what}`)
    await new Promise((wake) => setTimeout(wake, 20))
  }
}
