import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { publishedKeys } from '#lib/signing'
import type { PublicJwk } from '#lib/signing/schema'
import { type FoundHead, isGenuine } from '../checkpoints/head.ts'
import { knownHeads } from '../checkpoints/known.ts'
import { hashOf, type Row } from '../event.ts'
import { extent, isFloor } from '../extent.ts'
import { rowBatches } from '../rows.ts'
import { beginning, misfit, type Position } from '../walk.ts'

/** How far on either side of an event the chain is walked; beyond it, the check of the whole chain is for. */
const mostEachSide = 5_000n

/** What the chain says of one event, as it was found at this moment. */
export type Around = {
  ok: boolean
  /** The events that were walked, by their numbers. */
  from: number
  through: number
  /** The signed head that vouches for the event; `null` where none is near: then its neighbours alone do. */
  signedBy: { kid: string; at: string; sequence: number } | null
  /** The first event that does not fit, and why. */
  firstBad: { id: string; sequence: number } | null
  reason: string | null
  at: string
}

/**
 * Walks the chain around an event, from the signed head before it to the one after it: whether every field of each event is
 * what was hashed, each follows the one before, and the heads say the same.
 */
export async function verifyAround(tenant: Tenant, sequence: number, now = new Date()): Promise<Around> {
  const keys = (await publishedKeys()).map(({ jwk }) => jwk)
  const [{ heads }, seen] = await Promise.all([knownHeads(tenant), extent(tenant)])
  const event = BigInt(sequence)
  const [start, faultOfStart] = await startBefore(tenant, event, heads, keys)
  const end = await endAfter(event, heads, keys, seen.last)
  const at = now.toISOString()
  let position = start
  const told = (reason: string | null, row: Row | null, signedBy: FoundHead | null = null): Around => ({
    ok: reason === null,
    from: Number(start.sequence) + 1,
    through: Number(position.sequence),
    signedBy: signedBy && { kid: signedBy.kid, at: signedBy.at, sequence: signedBy.sequence },
    firstBad: row && { id: publicId('audit_event', row.id), sequence: Number(row.sequence) },
    reason,
    at,
  })
  if (faultOfStart !== null) return told(faultOfStart, null)
  walking: for await (const rows of rowBatches(tenant, {}, start.sequence, 500)) {
    for (const row of rows) {
      if (row.sequence > end.through) break walking
      const link = { sequence: row.sequence, prevHash: row.prev_hash, hash: row.hash, computed: hashOf(row) }
      const why = misfit(position, link)
      if (why !== null) return told(why, row)
      position = { sequence: row.sequence, hash: row.hash }
      for (const head of heads) {
        if (BigInt(head.sequence) !== row.sequence || head.hash === row.hash) continue
        if (await isGenuine(head, keys))
          return told(`the head that was signed at ${head.at} says another hash of it`, row)
      }
    }
  }
  if (position.sequence < end.through)
    return told(`the chain ends at event ${position.sequence}, though event ${end.through} was written`, null)
  return told(null, null, end.head)
}

/** Where the walk begins: behind the last genuine head before the event, or what comes close enough. */
async function startBefore(
  tenant: Tenant,
  event: bigint,
  heads: readonly FoundHead[],
  keys: readonly PublicJwk[],
): Promise<[Position, string | null]> {
  const least = event - mostEachSide
  for (const head of heads.toReversed()) {
    if (BigInt(head.sequence) >= event || BigInt(head.sequence) < least) continue
    if (await isGenuine(head, keys)) return [{ sequence: BigInt(head.sequence), hash: head.hash }, null]
  }
  const { floor } = await extent(tenant)
  if (floor && floor.sequence >= least) {
    return (await isFloor(tenant, floor, keys))
      ? [floor, null]
      : [
          floor,
          `the chain begins at event ${floor.sequence + 1n}, and no signed statement says that older ones were let go`,
        ]
  }
  if (least <= 0n) return [beginning, null]
  for await (const [row] of rowBatches(tenant, {}, least - 1n, 1)) {
    if (row) return [{ sequence: row.sequence, hash: row.hash }, null]
  }
  return [beginning, null]
}

/** Where the walk ends: at the first genuine head from the event on, or else with the chain. */
async function endAfter(
  event: bigint,
  heads: readonly FoundHead[],
  keys: readonly PublicJwk[],
  last: bigint,
): Promise<{ through: bigint; head: FoundHead | null }> {
  const most = event + mostEachSide
  for (const head of heads) {
    const sequence = BigInt(head.sequence)
    if (sequence < event || sequence > most) continue
    if (await isGenuine(head, keys)) return { through: sequence, head }
  }
  const through = last < most ? last : most
  return { through: through > event ? through : event, head: null }
}
