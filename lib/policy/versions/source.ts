import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { Version } from '../engine.ts'

/** Published versions never change, so that what is kept of them is never out of date; this many at most. */
const keptMax = 512
const kept = new Map<string, Version>()

/** A version that the org has in force, read once per process. */
export async function publishedVersion(tenant: Tenant, id: string): Promise<Version> {
  const known = kept.get(id)
  if (known) return known
  const row = await forOrg(tenant, (tx) =>
    tx.policy_versions.findUniqueOrThrow({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      select: { id: true, number: true, engine: true, source: true },
    }),
  )
  const version = { ...row, engine: row.engine as Version['engine'] }
  const [oldest] = kept.keys()
  if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest)
  kept.set(id, version)
  return version
}
