import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { publishedKeys } from '#lib/signing'
import type { PublicJwk } from '#lib/signing/schema'
import { type FoundHead, floorType, isGenuine, readHead } from './checkpoints/head.ts'
import { knownHeads } from './checkpoints/sign-heads.ts'
import { genesis, hashOf, type Row } from './event.ts'
import { chainOf, rowBatches } from './rows.ts'
import type { ChainReport } from './schema.ts'
import { beginning, headsBy, misfit, type Position } from './walk.ts'

type Extent = {
  last: bigint
  hash: string
  newest: bigint
  floor: { sequence: bigint; hash: string; jws: string } | null
}

/** The stored head, how far the events go, and where they begin, as one moment saw them. */
async function extent(tenant: Tenant): Promise<Extent> {
  const [seen] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<
      {
        last: bigint | null
        hash: string | null
        newest: bigint | null
        floor: bigint | null
        floor_hash: string | null
        floor_jws: string | null
      }[]
    >`
      SELECT h.sequence AS last, h.hash, f.sequence AS floor, f.hash AS floor_hash, f.jws AS floor_jws,
        (SELECT max(sequence) FROM audit_events WHERE org_id = ${tenant.orgId}::uuid) AS newest
      FROM (SELECT ${tenant.orgId}::uuid AS org_id) o
      LEFT JOIN audit_heads h ON h.org_id = o.org_id LEFT JOIN audit_floors f ON f.org_id = o.org_id`,
  )
  const { floor, floor_hash, floor_jws } = seen ?? {}
  return {
    last: seen?.last ?? 0n,
    hash: seen?.hash ?? genesis,
    newest: seen?.newest ?? 0n,
    floor: floor && floor_hash && floor_jws ? { sequence: floor, hash: floor_hash, jws: floor_jws } : null,
  }
}

/**
 * Walks an org's chain from the first event that is kept to the head that is stored beside it, and holds it against
 * every signed head within reach: whoever can rewrite the table, its head and all hashes cannot sign.
 * @param folder where signed heads lie on this machine; without it, where the configuration says
 * @returns the first event that was changed, follows another than it says, or is missing before it
 */
export async function verifyAudit(tenant: Tenant, folder?: string): Promise<ChainReport> {
  const startedAt = performance.now()
  // Signed heads before the extent, and the extent before the walk: what comes meanwhile is beyond what is answered for.
  const [heads, keys] = await Promise.all([knownHeads(tenant, folder), publishedKeys()])
  const seen = await extent(tenant)
  const jwks = keys.map(({ jwk }) => jwk)
  const walked = await walk(tenant, seen, heads, jwks)
  const report = { ...walked, events_per_second: rate(walked.events, startedAt) }
  if (report.ok) return report
  // Retention may have let go of the oldest events under the walk: then it begins again where they begin now.
  const moved = (await extent(tenant)).floor?.sequence !== seen.floor?.sequence
  return moved ? verifyAudit(tenant, folder) : report
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
      agreed += agree.length
      signed = agree.at(-1) ?? signed
    }
  }
  // A head that agrees by chance does not exist; the last is still asked for its signature, as it is answered with.
  if (signed && !(await isGenuine(signed, keys))) {
    return told(
      false,
      null,
      `the signed head at event ${signed.sequence} is not signed by a key of this deployment`,
    )
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
  `the head that was signed at ${head.at} says another hash of it: it, or an event after ${last?.sequence ?? 'the first'}, was replaced and all hashes since were made anew`

const cutOff = (at: Position, head: FoundHead): string =>
  `the chain ends at event ${at.sequence}, and the head that was signed at ${head.at} is event ${head.sequence}: events ${at.sequence + 1n} to ${head.sequence} were cut off`

/** Whether retention's own signed statement says that the chain begins here. */
async function isFloor(
  tenant: Tenant,
  { sequence, hash, jws }: { sequence: bigint; hash: string; jws: string },
  keys: readonly PublicJwk[],
): Promise<boolean> {
  const said = readHead(jws, 'database', floorType)
  if (!said || said.chain !== chainOf(tenant)) return false
  return BigInt(said.sequence) === sequence && said.hash === hash && isGenuine(said, keys)
}
