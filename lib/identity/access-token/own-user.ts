import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Caller, Tenant } from '#lib/proof'

/**
 * The user that a request is about, by their external id: the one that it names, or else the only one for whom an agent
 * asks. Anybody but that one is as absent for it as whoever never was.
 * @throws AppError `not_found`
 */
export async function userFrom(
  tenant: Tenant,
  caller: Caller,
  named: string | undefined,
): Promise<string | undefined> {
  if (caller.kind !== 'agent' || caller.userId === null) return named
  const { userId: id } = caller
  const user = await forOrg(tenant, (tx) =>
    tx.end_users.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id }, deleted_at: null } }),
  )
  if (!user || (named !== undefined && named !== user.external_id))
    throw new AppError('not_found', { detail: 'No such user.' })
  return user.external_id
}
