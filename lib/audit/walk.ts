import { genesis } from './event.ts'

/** What the walk has to know of an event; `computed` is its hash made anew from its fields. */
export type Link = { sequence: bigint; prevHash: string; hash: string; computed: string }

/** Where a walk stands: behind the last event that fits. */
export type Position = { sequence: bigint; hash: string }

export const beginning: Position = { sequence: 0n, hash: genesis }

/**
 * Judges the event that comes after a position.
 * @param gaps whether numbers may be left out, as in an export of some events: then only neighbours are compared
 * @returns why it does not fit, or `null`
 */
export function misfit({ sequence, hash }: Position, link: Link, gaps = false): string | null {
  if (link.sequence <= sequence) return 'its number is taken or is none'
  const next = link.sequence === sequence + 1n
  if (!next && !gaps) return `events ${sequence + 1n} to ${link.sequence - 1n} are missing before it`
  if (next && link.prevHash !== hash) return 'it does not follow the event before it'
  if (link.computed !== link.hash) return 'its fields are not those that were hashed'
  return null
}

/** What signed heads say of a chain, asked in the order of the events. */
export type Heads<Head extends { sequence: number; hash: string }> = {
  /** The heads at a position that say another hash, and how many say this one. */
  at: (position: Position) => { agree: Head[]; contradict: Head[] }
  /** Heads beyond a position: the chain has been longer. */
  beyond: (position: Position) => Head[]
}

export function headsBy<Head extends { sequence: number; hash: string }>(
  heads: readonly Head[],
): Heads<Head> {
  const bySequence = Map.groupBy(heads, ({ sequence }) => sequence)
  return {
    at: ({ sequence, hash }) => {
      const here = bySequence.get(Number(sequence)) ?? []
      return {
        agree: here.filter((head) => head.hash === hash),
        contradict: here.filter((head) => head.hash !== hash),
      }
    },
    beyond: ({ sequence }) => heads.filter((head) => head.sequence > Number(sequence)),
  }
}
