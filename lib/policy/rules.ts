import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Policy, PolicyInput } from './schema.ts'

export type Row = Awaited<ReturnType<Tx['policies']['findFirstOrThrow']>>

const view = (tenant: Tenant, row: Row): Policy => ({
  id: publicId('policy', row.id),
  org_id: tenant.externalId,
  name: row.name,
  effect: 'deny',
  tools: row.tools,
  effects: row.effects as Policy['effects'],
  created_at: row.created_at.toISOString(),
})

export async function createPolicyIn(
  tx: Tx,
  tenant: Tenant,
  input: Omit<PolicyInput, 'org_id'>,
  createdBy: { type: string; id: string },
): Promise<Policy> {
  const { name, effect, tools, effects } = input
  const row = await tx.policies.create({
    data: { org_id: tenant.orgId, id: newId(), name, effect, tools, effects, created_by: createdBy },
  })
  return view(tenant, row)
}

export const listPolicies = (tenant: Tenant, before: string | null, most: number): Promise<Policy[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, deleted_at: null, ...(before !== null && { id: { lt: before } }) }
    const rows = await tx.policies.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => view(tenant, row))
  })

/** @throws AppError `not_found` */
export async function deletePolicyIn(tx: Tx, tenant: Tenant, id: string): Promise<Policy> {
  const row = await tx.policies.findFirst({ where: { org_id: tenant.orgId, id, deleted_at: null } })
  if (!row) throw new AppError('not_found')
  await tx.policies.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: { deleted_at: new Date() },
  })
  return view(tenant, row)
}
