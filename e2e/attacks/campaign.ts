// Many attempts of one attack, each a little different, from a seed that is printed: what is found can be found again.
import { expect, test } from '../support/test.ts'

/** Attempts of each attack; `npm run test:attacks` makes a thousand. */
export const attempts = Number(process.env.BEHALF_ATTACKS ?? 4)
/** Of those that a real browser makes. */
export const attemptsInBrowser = Math.max(1, Math.ceil(attempts / 100))

const seed = Number(process.env.BEHALF_ATTACK_SEED ?? Math.floor(Math.random() * 2 ** 31))

export type Chance = ReturnType<typeof chance>

/** mulberry32: the same seed makes the same choices. */
function chance(start: number) {
  let state = start >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    below: (count: number) => Math.floor(next() * count),
    pick: <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T,
    shuffle: <T>(items: readonly T[]): T[] =>
      items
        .map((item) => [next(), item] as const)
        .sort(([a], [b]) => a - b)
        .map(([, item]) => item),
  }
}

const atOnce = 4

/**
 * Makes the attempts, a few at a time.
 * @param attempt answers what the attacker won, or `null`; what it throws is a failure of the test, not of the attack
 */
export async function campaign(
  name: string,
  count: number,
  attempt: (random: Chance, index: number) => Promise<string | null>,
): Promise<void> {
  test.info().annotations.push({ type: 'attacks', description: `${count} × ${name}, seed ${seed}` })
  const wins: string[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (next < count) {
        const index = next++
        const won = await attempt(chance(seed + index * 7919), index)
        if (won !== null) wins.push(`attempt ${index}: ${won}`)
      }
    }),
  )
  console.log(`${name}: ${count} attempts, ${wins.length} wins, seed ${seed}`)
  expect(wins, `wins of ${name}, seed ${seed}`).toEqual([])
}
