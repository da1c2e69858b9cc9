import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { publishedKeys } from '#lib/signing'
import { isGenuine } from './checkpoints/head.ts'
import { knownHeads } from './checkpoints/known.ts'
import { hashOf, type Row } from './event.ts'
import { extent, isFloor } from './extent.ts'
import { rowBatches } from './rows.ts'
import { beginning, headsBy, misfit, type Position } from './walk.ts'

/**
 * Walks the oldest events, as far as they are older than a moment and a signed head vouches for them. Their age is what
 * they were hashed with: somebody who made younger ones look old would have retention sign them away.
 * @param every how many events apart the answered positions are, about
 * @param signal after which nothing more is walked, and nothing may go
 * @returns positions to let go through, one after the other; none where the heads do not reach yet
 * @throws Error that says what does not fit
 */
export async function provenOld(
  tenant: Tenant,
  moment: Date,
  every: number,
  signal?: AbortSignal,
): Promise<Position[]> {
  const keys = (await publishedKeys()).map(({ jwk }) => jwk)
  const { floor } = await extent(tenant)
  if (floor && !(await isFloor(tenant, floor, keys)))
    throw new Error('the chain begins where no signed statement says')
  let at: Position = floor ?? beginning
  const found = (await knownHeads(tenant)).heads
  const heads = headsBy(found.filter(({ sequence }) => BigInt(sequence) > at.sequence))
  /** The last event that is old, with all before it. */
  let old: Position | null = null
  let done = false
  const steps: Position[] = []
  let vouched = 0n
  const step = async (row: Row): Promise<void> => {
    const link = { sequence: row.sequence, prevHash: row.prev_hash, hash: row.hash, computed: hashOf(row) }
    const why = misfit(at, link)
    if (why !== null) throw new Error(`event ${publicId('audit_event', row.id)}: ${why}`)
    at = { sequence: row.sequence, hash: row.hash }
    const { agree, contradict } = heads.at(at)
    for (const head of contradict) {
      if (await isGenuine(head, keys))
        throw new Error(`the signed head of event ${head.sequence}, ${head.at}, says another hash of it`)
    }
    const before = vouched
    for (const head of agree) {
      if (await isGenuine(head, keys)) vouched = row.sequence
    }
    if (row.occurred_at >= moment) done = true
    else if (!done) {
      old = at
      if (row.sequence % BigInt(every) === 0n || vouched > before) steps.push(at)
    }
  }
  walking: for await (const rows of rowBatches(tenant, {}, at.sequence)) {
    if (signal?.aborted) return []
    for (const row of rows) {
      await step(row)
      if (done && (old === null || vouched >= (old as Position).sequence)) break walking
    }
  }
  if (vouched === 0n) throw new Error('no signed head vouches for the oldest events')
  if (old) steps.push(old)
  return spaced(
    steps.filter(({ sequence }) => sequence <= vouched),
    BigInt(every),
  )
}

/** Of positions close to each other the last. */
const spaced = (steps: readonly Position[], every: bigint): Position[] =>
  steps.filter(({ sequence }, at) => {
    const next = steps[at + 1]
    return !next || sequence / every !== next.sequence / every
  })
