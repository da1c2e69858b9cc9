import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { publishedKeys } from '#lib/signing'
import type { PublicJwk } from '#lib/signing/schema'
import { type FoundHead, isGenuine } from './checkpoints/head.ts'
import { knownHeads } from './checkpoints/known.ts'
import { hashOf, type Row } from './event.ts'
import { type Extent, extent, isFloor } from './extent.ts'
import { chainOf, rowBatches } from './rows.ts'
import type { ChainReport } from './schema.ts'
import { beginning, headsBy, misfit, type Position } from './walk.ts'

/**
 * Walks an org's chain from the first event that is kept to the head that is stored beside it, and holds it against
 * every signed head within reach: whoever can rewrite the table, its head and all hashes cannot sign.
 * @param given.heads signed heads from elsewhere, beside those of this machine's folder and of the database
 * @param given.keys what heads must be signed with, in place of the keys that the database has
 * @returns the first event that was changed, follows another than it says, or is missing before it
 */
export async function verifyAudit(tenant: Tenant, given: Given = {}): Promise<ChainReport> {
  const startedAt = performance.now()
  // Signed heads before the extent, and the extent before the walk: what comes meanwhile is beyond what is answered for.
  const [known, keys] = await Promise.all([knownHeads(tenant), given.keys ?? published()])
  const seen = await extent(tenant)
  const heads = [...known.heads, ...(given.heads ?? []).filter(({ chain }) => chain === chainOf(tenant))]
  const walked = await walk(tenant, seen, heads, keys)
  const odd = known.fault ?? stranger(heads, keys)
  const report = {
    ...walked,
    ...(walked.ok && odd !== null && { ok: false, reason: odd }),
    events_per_second: rate(walked.events, startedAt),
  }
  if (report.ok) return report
  // Retention may have let go of the oldest events under the walk: then it begins again where they begin now.
  const moved = (await extent(tenant)).floor?.sequence !== seen.floor?.sequence
  return moved ? verifyAudit(tenant, given) : report
}

type Given = { heads?: readonly FoundHead[]; keys?: readonly PublicJwk[] }

const published = async (): Promise<PublicJwk[]> => (await publishedKeys()).map(({ jwk }) => jwk)

/** A head of a key that is not there says nothing, and was kept for a reason: somebody took the key away. */
function stranger(heads: readonly FoundHead[], keys: readonly PublicJwk[]): string | null {
  const head = heads.find(({ kid }) => keys.every((key) => key.kid !== kid))
  if (!head) return null
  return `the signed head of event ${head.sequence} (${head.from}) is of key ${head.kid}, which is not among the published ones: a key was taken away, or the head is none of ours`
}

const rate = (events: number, startedAt: number): number =>
  Math.round(events / Math.max((performance.now() - startedAt) / 1_000, 0.001))

async function walk(
  tenant: Tenant,
  seen: Extent,
  found: readonly FoundHead[],
  keys: readonly PublicJwk[],
): Promise<Omit<ChainReport, 'events_per_second'>> {
  const start: Position = seen.floor ?? beginning
  const heads = headsBy(found.filter(({ sequence }) => BigInt(sequence) > start.sequence))
  let at = start
  let signed: FoundHead | null = null
  let agreed = 0
  const told = (ok: boolean, row: Row | null, reason: string | null, by: FoundHead | null = null) => ({
    ok,
    events: Number(at.sequence - start.sequence),
    head: at.hash,
    first_bad: row && publicId('audit_event', row.id),
    reason,
    from: Number(start.sequence) + 1,
    checkpoints: agreed,
    signed_through: signed?.sequence ?? null,
    contradicted_by: by && { sequence: by.sequence, at: by.at, kid: by.kid, from: by.from },
  })
  if (seen.floor && !(await isFloor(tenant, seen.floor, keys))) {
    return told(
      false,
      null,
      `the chain begins at event ${start.sequence + 1n}, and no signed statement says that older ones were let go`,
    )
  }
  walking: for await (const rows of rowBatches(tenant, {})) {
    for (const row of rows) {
      if (row.sequence > seen.newest) break walking
      const link = {
        sequence: row.sequence,
        prevHash: row.prev_hash,
        hash: row.hash,
        computed: hashOf(row),
      }
      if (row.sequence > seen.last)
        return told(false, row, `the stored head ends before it, at event ${seen.last}`)
      const why = misfit(at, link)
      if (why !== null) return told(false, row, why)
      const before = at
      at = { sequence: row.sequence, hash: row.hash }
      const { agree, contradict } = heads.at(at)
      for (const head of contradict) {
        if (!(await isGenuine(head, keys))) continue
        at = before
        return told(false, row, rewritten(signed, head), head)
      }
      for (const head of agree) {
        if (!(await isGenuine(head, keys))) continue
        if (head.org_id !== tenant.externalId) {
          const name = `the head that was signed at ${head.at} calls its organization ${head.org_id}`
          return told(false, row, name, head)
        }
        agreed++
        signed = head
      }
    }
  }
  for (const head of heads.beyond(at)) {
    if (await isGenuine(head, keys)) return told(false, null, cutOff(at, head), head)
  }
  const whole = at.sequence === seen.last && at.hash === seen.hash
  if (!whole)
    return told(false, null, `the chain ends at event ${at.sequence}, the stored head is at ${seen.last}`)
  return told(true, null, null)
}

const rewritten = (last: FoundHead | null, head: FoundHead): string =>
  `the head that was signed at ${head.at} says another hash of it: it, or an event after ${last?.sequence ?? 'the first'}, was replaced and all hashes since were made anew, or the database was put back to an older state and went on from there`

const cutOff = (at: Position, head: FoundHead): string =>
  `the chain ends at event ${at.sequence}, and the head that was signed at ${head.at} is event ${head.sequence}: events ${at.sequence + 1n} to ${head.sequence} were cut off`
