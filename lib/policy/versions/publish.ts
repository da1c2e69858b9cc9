import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import type { CaseResult, PolicyVersion, Publishing } from '../schema.ts'
import { runCases } from './cases.ts'
import { lockVersionsIn, readVersion, whole } from './drafts.ts'
import { validate } from './validate.ts'
import { type Actor, inForceIn, type Row, summaryOf, versionOf } from './view.ts'

/** What was put in force, for the audit. */
export type Published = {
  version: ReturnType<typeof summaryOf>
  /** The number of the version that it took the place of. */
  previous: number | null
  casesFailing: number
}
type Record = (tx: Tx, published: Published) => Promise<void>

/**
 * Puts a draft in force: from the commit on, every call is decided by it.
 * @throws AppError `not_found`; `conflict` for what was published or discarded; `invalid_request` while it has errors,
 *   or while a case fails and nobody insists
 */
export const publishDraft = (tenant: Tenant, id: string, asked: Publishing, by: Actor, record: Record) =>
  putInForce(tenant, id, asked, by, record, (row) => {
    if (row.discarded_at) throw new AppError('conflict', { detail: 'This draft was discarded.' })
    if (row.published_at) {
      throw new AppError('conflict', { detail: 'This version was published already. Roll back to it.' })
    }
  })

/** Puts a version in force again that was so before. @throws as `publishDraft`; `conflict` for a draft */
export const rollBack = (tenant: Tenant, id: string, asked: Publishing, by: Actor, record: Record) =>
  putInForce(tenant, id, asked, by, record, (row, inForce) => {
    if (!row.published_at)
      throw new AppError('conflict', { detail: 'A draft is published, not rolled back to.' })
    if (row.id === inForce) throw new AppError('conflict', { detail: 'This version is in force.' })
  })

async function putInForce(
  tenant: Tenant,
  id: string,
  { force }: Publishing,
  by: Actor,
  record: Record,
  assertMay: (row: Row, inForce: string | null) => void,
): Promise<PolicyVersion> {
  const before = await readVersion(tenant, id)
  assertMay(before.row, before.inForce)
  const version = versionOf(before.row)
  await assertSound(version.engine, before.row)
  const failing = (await runCases(tenant, version)).filter(({ passed }) => !passed)
  if (failing.length > 0 && !force) throw refusedBy(failing)
  const after = await forOrg(tenant, async (tx) => {
    await lockVersionsIn(tx, tenant)
    const where = { org_id_id: { org_id: tenant.orgId, id } }
    const row = await tx.policy_versions.findUniqueOrThrow({ where })
    const inForce = await inForceIn(tx, tenant)
    assertMay(row, inForce)
    if (row.updated_at.getTime() !== before.row.updated_at.getTime() || row.source !== before.row.source) {
      throw new AppError('conflict', {
        detail: 'The draft was changed while it was tested. Publish it again.',
      })
    }
    const now = new Date()
    const published = row.published_at
      ? row
      : await tx.policy_versions.update({ where, data: { published_at: now, published_by: by } })
    await tx.policy_heads.upsert({
      where: { org_id: tenant.orgId },
      create: { org_id: tenant.orgId, version_id: id, changed_by: by, changed_at: now },
      update: { version_id: id, changed_by: by, changed_at: now },
    })
    await record(tx, {
      version: summaryOf(tenant, published, id),
      previous: await numberIn(tx, tenant, inForce),
      casesFailing: failing.length,
    })
    return published
  })
  return whole(tenant, after, id)
}

/**
 * Takes the version in force back, so that what no rule forbids is allowed again.
 * @throws AppError `not_found`; `conflict` for one that is not in force
 */
export async function withdraw(tenant: Tenant, id: string, record: Record): Promise<PolicyVersion> {
  const { row } = await readVersion(tenant, id)
  await forOrg(tenant, async (tx) => {
    await lockVersionsIn(tx, tenant)
    const { count } = await tx.policy_heads.deleteMany({ where: { org_id: tenant.orgId, version_id: id } })
    if (count === 0) throw new AppError('conflict', { detail: 'This version is not in force.' })
    await record(tx, { version: summaryOf(tenant, row, null), previous: row.number, casesFailing: 0 })
  })
  return whole(tenant, row, null)
}

async function numberIn(tx: Tx, tenant: Tenant, id: string | null): Promise<number | null> {
  if (id === null) return null
  const row = await tx.policy_versions.findUniqueOrThrow({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    select: { number: true },
  })
  return row.number
}

async function assertSound(engine: PolicyVersion['engine'], { source }: Row): Promise<void> {
  const { problems } = await validate({ engine, source })
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const at = ({ line, column }: (typeof errors)[number]) =>
    line === null ? 'source' : `source:${line}:${column}`
  throw new AppError('invalid_request', {
    detail: `The policies have errors: ${errors[0]?.message}.`,
    errors: errors.map((error) => ({
      path: at(error),
      message: error.fix === null ? error.message : `${error.message}; ${error.fix}`,
    })),
  })
}

const refusedBy = (failing: readonly CaseResult[]): AppError =>
  new AppError('invalid_request', {
    detail: `${failing.length} of the cases fail. Mend the policies or the cases, or insist with force and a reason.`,
    errors: failing.map(({ case_id, name, expected, actual }) => ({
      path: case_id,
      message: `"${name}" expects ${expected.decision}, and it is ${actual.decision}${
        actual.problem === null ? ` by ${actual.policy_ids.join(', ')}` : `: ${actual.problem}`
      }`,
    })),
  })
