import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { PublicJwk } from '#lib/signing/schema'
import { floorType, isGenuine, readHead } from './checkpoints/head.ts'
import { genesis } from './event.ts'
import { chainOf } from './rows.ts'

export type Extent = {
  last: bigint
  hash: string
  newest: bigint
  floor: { sequence: bigint; hash: string; jws: string } | null
}

/** The stored head, how far the events go, and where they begin, as one moment saw them. */
export async function extent(tenant: Tenant): Promise<Extent> {
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

/** Whether retention's own signed statement says that the chain begins here. */
export async function isFloor(
  tenant: Tenant,
  { sequence, hash, jws }: { sequence: bigint; hash: string; jws: string },
  keys: readonly PublicJwk[],
): Promise<boolean> {
  const said = readHead(jws, 'database', floorType)
  if (!said || said.chain !== chainOf(tenant)) return false
  return BigInt(said.sequence) === sequence && said.hash === hash && isGenuine(said, keys)
}
