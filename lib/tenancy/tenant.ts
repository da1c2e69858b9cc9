import { deployment, listTenants, lookupAccount, lookupObject, lookupOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, type IdKind, parseId } from '#lib/ids'
import { annotateTrace } from '#lib/log'
import type { Caller, Tenant } from '#lib/proof'

/**
 * The deployment as a tenant: its auth configs, keys, operators and chain.
 * @throws AppError `forbidden` for a caller that an org restricts
 */
export function deploymentTenant(caller: Caller): Tenant {
  if (caller.reach !== null) throw new AppError('forbidden', { detail: 'This needs an unrestricted key.' })
  return deployment
}

/** From here on every log line of this request names the org, and the log of requests knows whose it is. */
function known(tenant: Tenant): Tenant {
  annotateTrace({ orgId: tenant.externalId, tenant })
  return tenant
}

/**
 * The org that a caller names by its external id.
 * @throws AppError `not_found` when there is none, or the caller may not know of it
 */
export async function resolveTenant(caller: Caller, externalId: string): Promise<Tenant> {
  const found = await findTenant(caller, externalId)
  if (!found) throw new AppError('not_found', { detail: 'No such organization.' })
  return found
}

/** As `resolveTenant`, answering `null` for an org that does not exist yet and may be made by this caller. */
export async function findTenant(caller: Caller, externalId: string): Promise<Tenant | null> {
  if (caller.reach !== null) {
    if (caller.reach.externalId !== externalId)
      throw new AppError('not_found', { detail: 'No such organization.' })
    return known(caller.reach)
  }
  const found = await lookupOrg(externalId)
  return found && found.orgId !== deploymentOrgId ? known(found) : null
}

/** A tenant for the org that `ensureOrg` is about to insert. */
export const tenantToBe = (orgId: string, externalId: string): Tenant =>
  known({ orgId, externalId } as Tenant)

/**
 * The org named in a request, or the caller's own where none is named.
 * @throws AppError `invalid_request` when an unrestricted caller names none
 */
export async function tenantFrom(caller: Caller, externalId: string | undefined): Promise<Tenant> {
  if (externalId !== undefined) return resolveTenant(caller, externalId)
  if (caller.reach !== null) return known(caller.reach)
  throw new AppError('invalid_request', {
    detail: 'An unrestricted key must say which organization it means.',
    param: 'org_id',
    errors: [{ path: 'org_id', message: 'is required for an unrestricted key' }],
  })
}

/** The org named, or else the caller's own, or else the deployment: for what may belong to either. */
export const tenantOrDeployment = async (caller: Caller, externalId: string | undefined): Promise<Tenant> =>
  externalId === undefined && caller.reach === null ? deployment : tenantFrom(caller, externalId)

/**
 * The org of a `/{id}` route and the internal id. Another org's object is as absent as one that never was: a
 * restricted caller stays in its own org, where the id finds nothing.
 * @throws AppError `not_found` for a malformed or unknown id
 */
export async function resolveObject(
  caller: Caller,
  kind: IdKind,
  id: string,
): Promise<{ tenant: Tenant; id: string }> {
  const uuid = parseId(kind, id)
  const tenant = uuid && (caller.reach ?? (await lookupObject(kind, uuid)))
  if (!tenant) throw new AppError('not_found')
  return { tenant: known(tenant), id: uuid }
}

/**
 * As `resolveObject` for a connected account, for calls: no look at the database where it has been asked about before.
 * Whoever reads the account then has to see that it and its org are still there.
 * @throws AppError `not_found` for a malformed or unknown id
 */
export async function resolveAccount(caller: Caller, id: string): Promise<{ tenant: Tenant; id: string }> {
  const uuid = parseId('connected_account', id)
  const tenant = uuid && (caller.reach ?? (await lookupAccount(uuid)))
  if (!tenant) throw new AppError('not_found')
  return { tenant: known(tenant), id: uuid }
}

/** The deployment and every org in turn, for jobs that sweep them all. */
export async function* allTenants(caller: Caller & { kind: 'system' }): AsyncGenerator<Tenant> {
  yield deploymentTenant(caller)
  for (let before: string | null = null; ; ) {
    const page: Tenant[] = await listTenants(before, 500)
    yield* page
    before = page.at(-1)?.orgId ?? null
    if (page.length < 500) return
  }
}
