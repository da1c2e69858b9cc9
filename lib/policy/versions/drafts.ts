import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { PolicyVersion, VersionChange, VersionInput } from '../schema.ts'
import { validate } from './validate.ts'
import { type Actor, inForceIn, type Row, summaryOf } from './view.ts'

type Listed = ReturnType<typeof summaryOf>

const find = async (tx: Tx, tenant: Tenant, id: string): Promise<Row> => {
  const row = await tx.policy_versions.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
  if (!row) throw new AppError('not_found')
  return row
}

/** @throws AppError `not_found` */
export const readVersion = (tenant: Tenant, id: string): Promise<{ row: Row; inForce: string | null }> =>
  forOrg(tenant, async (tx) => ({ row: await find(tx, tenant, id), inForce: await inForceIn(tx, tenant) }))

/** A version with what is wrong with it, by the tools that there are now. */
export const whole = async (tenant: Tenant, row: Row, inForce: string | null): Promise<PolicyVersion> => ({
  ...summaryOf(tenant, row, inForce),
  source: row.source,
  problems: (await validate({ engine: row.engine as PolicyVersion['engine'], source: row.source })).problems,
})

/** @throws AppError `not_found` */
export async function getVersion(tenant: Tenant, id: string): Promise<PolicyVersion> {
  const { row, inForce } = await readVersion(tenant, id)
  return whole(tenant, row, inForce)
}

export const listVersions = (tenant: Tenant, before: string | null, most: number): Promise<Listed[]> =>
  forOrg(tenant, async (tx) => {
    const inForce = await inForceIn(tx, tenant)
    const where = { org_id: tenant.orgId, ...(before !== null && { id: { lt: before } }) }
    const rows = await tx.policy_versions.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => summaryOf(tenant, row, inForce))
  })

/** Serialises what changes an org's versions: numbers count up without a gap, and one is in force. */
export const lockVersionsIn = (tx: Tx, tenant: Tenant): Promise<unknown> =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`policy_versions/${tenant.orgId}`}, 0))`

/** A draft may have problems: they are told, and keep it from being published. */
export async function createDraft(
  tenant: Tenant,
  { engine, source, note }: Omit<VersionInput, 'org_id'>,
  by: Actor,
  record: (tx: Tx, created: Listed) => Promise<void>,
): Promise<PolicyVersion> {
  const { problems, readsUsage } = await validate({ engine, source })
  return forOrg(tenant, async (tx) => {
    await lockVersionsIn(tx, tenant)
    const { _max } = await tx.policy_versions.aggregate({
      where: { org_id: tenant.orgId },
      _max: { number: true },
    })
    const row = await tx.policy_versions.create({
      data: {
        org_id: tenant.orgId,
        id: newId(),
        number: (_max.number ?? 0) + 1,
        engine,
        source,
        note: note ?? null,
        reads_usage: readsUsage,
        created_by: by,
      },
    })
    const created = summaryOf(tenant, row, null)
    await record(tx, created)
    return { ...created, source, problems }
  })
}

const frozen = (row: Row): AppError =>
  new AppError('conflict', {
    detail: row.discarded_at
      ? 'This draft was discarded.'
      : 'A version that was published stays as it is. Make a draft of it.',
  })

/** @throws AppError `not_found`; `conflict` for what is no draft any more */
export async function changeDraft(
  tenant: Tenant,
  id: string,
  change: VersionChange,
  record: (tx: Tx, changed: Listed, fields: string[]) => Promise<void>,
): Promise<PolicyVersion> {
  const { row: before } = await readVersion(tenant, id)
  const source = change.source ?? before.source
  const { problems, readsUsage } = await validate({
    engine: before.engine as PolicyVersion['engine'],
    source,
  })
  return forOrg(tenant, async (tx) => {
    await lockVersionsIn(tx, tenant)
    const row = await find(tx, tenant, id)
    if (row.published_at || row.discarded_at) throw frozen(row)
    const changed = await tx.policy_versions.update({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      data: {
        ...(change.source !== undefined && { source, reads_usage: readsUsage }),
        ...(change.note !== undefined && { note: change.note }),
        updated_at: new Date(),
      },
    })
    const fields = (['source', 'note'] as const).filter(
      (field) => change[field] !== undefined && row[field] !== changed[field],
    )
    const view = summaryOf(tenant, changed, null)
    await record(tx, view, fields)
    return { ...view, source: changed.source, problems }
  })
}

/** @throws AppError `not_found`; `conflict` for what is no draft any more */
export const discardDraft = (
  tenant: Tenant,
  id: string,
  record: (tx: Tx, discarded: Listed) => Promise<void>,
): Promise<void> =>
  forOrg(tenant, async (tx) => {
    await lockVersionsIn(tx, tenant)
    const row = await find(tx, tenant, id)
    if (row.published_at || row.discarded_at) throw frozen(row)
    const discarded = await tx.policy_versions.update({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      data: { discarded_at: new Date() },
    })
    await record(tx, summaryOf(tenant, discarded, null))
  })
