import type { Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type MemberRole, memberRoles } from '../roles.ts'
import type { ConsoleMember } from './schema.ts'

/** Somebody who is signed in, or about to be. */
export type Member = { id: string; email: string; role: string; sessionVersion: number }

export type Row = Awaited<ReturnType<Tx['members']['findFirstOrThrow']>>

export const memberOf = (row: Row): Member => ({
  id: row.id,
  email: row.email,
  role: row.role,
  sessionVersion: row.session_version,
})

/** The table holds no other role. */
export const roleOf = (row: Row): MemberRole => memberRoles.find((role) => role === row.role) ?? 'support'

const statusOf = ({ disabled_at, last_signed_in_at }: Row): ConsoleMember['status'] => {
  if (disabled_at !== null) return 'disabled'
  return last_signed_in_at === null ? 'invited' : 'active'
}

export const view = (tenant: Tenant, row: Row): ConsoleMember => ({
  id: publicId('member', row.id),
  org_id: tenant.externalId.startsWith('#') ? null : tenant.externalId,
  email: row.email,
  name: row.name,
  role: roleOf(row),
  status: statusOf(row),
  sign_in_method: methods.find((method) => method === row.last_sign_in_method) ?? null,
  last_signed_in_at: row.last_signed_in_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  disabled_at: row.disabled_at?.toISOString() ?? null,
})

export const methods = ['link', 'sso'] as const
export type SignInMethod = (typeof methods)[number]

/** @throws AppError `not_found` */
export async function rowIn(tx: Tx, tenant: Tenant, id: string): Promise<Row> {
  const row = await tx.members.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
  if (!row) throw new AppError('not_found')
  return row
}
