import canonicalize from 'canonicalize'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical.ts'

/** A small generator that can be run again: what fails is named by its seed. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const texts = [
  '',
  'a',
  'B',
  'é',
  '\u2028',
  '\n"\\',
  '\ud83d\ude00',
  '\\ud800',
  '10',
  '9',
  '1a',
  '__proto__',
  '\u0000',
]
const numbers = [0, -0, 1, -1, 1e21, 1e-7, 0.1 + 0.2, 2 ** 53, 1.5]

function value(next: () => number, depth = 0): unknown {
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T
  const kind = Math.floor(next() * (depth > 3 ? 4 : 6))
  if (kind === 0) return null
  if (kind === 1) return next() < 0.5
  if (kind === 2) return pick(numbers)
  if (kind === 3) return pick(texts)
  if (kind === 4) return Array.from({ length: Math.floor(next() * 4) }, () => value(next, depth + 1))
  return Object.fromEntries(
    Array.from({ length: Math.floor(next() * 5) }, () => [
      pick(texts) + pick(['', 'x', 'y']),
      value(next, depth + 1),
    ]),
  )
}

test('writes whatever an event may hold as the reference does', () => {
  for (let seed = 1; seed <= 5_000; seed++) {
    const next = random(seed)
    const one = { z: value(next), a: value(next), m: value(next) }
    expect({ seed, text: canonicalJson(one) }).toEqual({ seed, text: canonicalize(one) })
  }
})

test.each([[{ a: Number.NaN }], [{ a: ['\ud800'] }], [{ '\udc00': 1 }]])(
  'refuses %j, which no JSON has',
  (one) => {
    expect(() => canonicalJson(one)).toThrow()
  },
)
