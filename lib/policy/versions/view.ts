import { createHash } from 'node:crypto'
import type { Tx } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Judgement, Version } from '../engine.ts'
import type { Judged, PolicyVersion } from '../schema.ts'

export type Row = Awaited<ReturnType<Tx['policy_versions']['findFirstOrThrow']>>
export type Actor = { type: string; id: string }

const statusOf = (row: Row, inForce: string | null): PolicyVersion['status'] => {
  if (row.id === inForce) return 'in_force'
  if (row.discarded_at) return 'discarded'
  return row.published_at ? 'superseded' : 'draft'
}

export const summaryOf = (
  tenant: Tenant,
  row: Row,
  inForce: string | null,
): Omit<PolicyVersion, 'source' | 'problems'> => ({
  id: publicId('policy_version', row.id),
  org_id: tenant.externalId,
  number: row.number,
  status: statusOf(row, inForce),
  engine: row.engine as PolicyVersion['engine'],
  note: row.note,
  created_by: row.created_by as Actor,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  published_by: row.published_by as Actor | null,
  published_at: row.published_at?.toISOString() ?? null,
})

/** A draft is another version to the engines with every change: what they keep of it is never out of date. */
export const versionOf = (row: Row): Version => ({
  id: row.published_at ? row.id : `${row.id}@${createHash('sha256').update(row.source).digest('base64url')}`,
  number: row.number,
  engine: row.engine as Version['engine'],
  source: row.source,
})

export const judgedOf = ({ decision, reason, problem }: Judgement): Judged => ({
  engine: decision.engine,
  decision: decision.decision,
  policy_ids: [...decision.policyIds],
  masks: [...(decision.masks ?? [])],
  approval: decision.approval ? { ...decision.approval } : null,
  reason,
  problem,
})

/** The internal id of the version in force. */
export async function inForceIn(tx: Tx, tenant: Tenant): Promise<string | null> {
  const head = await tx.policy_heads.findUnique({ where: { org_id: tenant.orgId } })
  return head?.version_id ?? null
}
