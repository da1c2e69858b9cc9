import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { ScopeCeiling } from './schema.ts'

// A ceiling says which scopes people of a group may use at a connector, at most, whatever they consented to. Who is in
// several bound groups may use what any of them may; who is in none is under the connector's row without a group, and
// where there is no such row either, under no ceiling.

/** A row that may bear on a user: its group, `''` for whoever is in no bound one, and its scopes. */
type Bearing = readonly [group: string, scopes: readonly string[]]

/** @returns `null` for no ceiling */
export function ceilingFrom(bearing: readonly Bearing[] | null): readonly string[] | null {
  const bound = (bearing ?? []).filter(([group]) => group !== '')
  const rows = bound.length > 0 ? bound : (bearing ?? [])
  return rows.length === 0 ? null : [...new Set(rows.flatMap(([, scopes]) => scopes))]
}

/**
 * What a call reads of ceilings along with its account: an expression over `connected_accounts a` and `end_users u`.
 * @see readAccounts
 */
export const ceilingFact = {
  select: `(SELECT jsonb_agg(jsonb_build_array(k.group_name, k.scopes)) FROM scope_ceilings k
    WHERE k.org_id = a.org_id AND k.connector = a.connector
      AND (k.group_name = '' OR k.group_name = ANY (u.groups)))`,
  parse: (value: unknown): readonly string[] | null => ceilingFrom(value as readonly Bearing[] | null),
}

/**
 * The ceilings over one user, by connector; a connector that is absent has none.
 * @param userId `null` for one who is not known yet, and so is in no group
 */
export async function ceilingsOfUserIn(
  tx: Tx,
  tenant: Tenant,
  userId: string | null,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await tx.$queryRaw<{ connector: string; bearing: Bearing[] }[]>`
    SELECT k.connector, jsonb_agg(jsonb_build_array(k.group_name, k.scopes)) AS bearing
    FROM scope_ceilings k LEFT JOIN end_users u ON u.org_id = k.org_id AND u.id = ${userId}::uuid
    WHERE k.org_id = ${tenant.orgId}::uuid AND (k.group_name = '' OR k.group_name = ANY (u.groups))
    GROUP BY k.connector`
  return new Map(rows.map(({ connector, bearing }) => [connector, ceilingFrom(bearing) ?? []]))
}

type Row = Awaited<ReturnType<Tx['scope_ceilings']['findFirstOrThrow']>>

const view = (tenant: Tenant, row: Row): ScopeCeiling => ({
  id: publicId('scope_ceiling', row.id),
  org_id: tenant.externalId,
  connector: row.connector,
  group: row.group_name === '' ? null : row.group_name,
  scopes: row.scopes,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

/**
 * Sets the ceiling of a group at a connector, or of whoever is in no bound group.
 * @returns it, with which scopes it had before; `null` where there was none
 */
export async function putCeilingIn(
  tx: Tx,
  tenant: Tenant,
  { connector, group, scopes }: { connector: string; group: string | null; scopes: readonly string[] },
  createdBy: { type: string; id: string },
): Promise<{ ceiling: ScopeCeiling; before: readonly string[] | null }> {
  const key = { org_id: tenant.orgId, connector, group_name: group ?? '' }
  const before = await tx.scope_ceilings.findUnique({ where: { org_id_connector_group_name: key } })
  const row = await tx.scope_ceilings.upsert({
    where: { org_id_connector_group_name: key },
    create: { ...key, id: newId(), scopes: [...new Set(scopes)], created_by: createdBy },
    update: { scopes: [...new Set(scopes)], updated_at: new Date() },
  })
  return { ceiling: view(tenant, row), before: before?.scopes ?? null }
}

/** A page of an org's ceilings, newest first; `before` is the internal id of the last one seen. */
export const listCeilings = (
  tenant: Tenant,
  filter: { connector?: string | undefined; group?: string | undefined },
  before: string | null,
  most: number,
): Promise<ScopeCeiling[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.scope_ceilings.findMany({
      where: {
        org_id: tenant.orgId,
        ...(filter.connector !== undefined && { connector: filter.connector }),
        ...(filter.group !== undefined && { group_name: filter.group }),
        ...(before !== null && { id: { lt: before } }),
      },
      orderBy: { id: 'desc' },
      take: most,
    })
    return rows.map((row) => view(tenant, row))
  })

/** Lifts a ceiling. @throws AppError `not_found` */
export async function deleteCeilingIn(tx: Tx, tenant: Tenant, id: string): Promise<ScopeCeiling> {
  const where = { org_id: tenant.orgId, id }
  const row = await tx.scope_ceilings.findUnique({ where: { org_id_id: where } })
  if (!row) throw new AppError('not_found')
  await tx.scope_ceilings.deleteMany({ where })
  return view(tenant, row)
}
