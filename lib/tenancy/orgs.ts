import { forOrg, isUniqueViolation, listTenants, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { Organization, OrganizationChange } from './schema.ts'
import { findTenant, resolveTenant, tenantToBe } from './tenant.ts'

type Row = Awaited<ReturnType<typeof read>>

const read = (tx: Tx, tenant: Tenant) => tx.organizations.findUniqueOrThrow({ where: { id: tenant.orgId } })

function view(row: Row): Organization {
  return {
    id: row.external_id,
    name: row.name,
    origins: row.origins,
    branding: row.branding as Organization['branding'],
    settings: row.settings as Organization['settings'],
    encryption_key: row.key_service
      ? ({ service: row.key_service, name: row.key_name } as Organization['encryption_key'])
      : null,
    timezone: row.timezone,
    created_at: row.created_at.toISOString(),
  }
}

export const getOrg = (tenant: Tenant): Promise<Organization> =>
  forOrg(tenant, async (tx) => view(await read(tx, tenant)))

/** As `getOrg`, within a transaction that is open already. */
export const getOrgIn = async (tx: Tx, tenant: Tenant): Promise<Organization> => view(await read(tx, tenant))

/**
 * The org by this external id, made if it is new.
 * @param prepare readies what belongs to a new org; what it answers runs in the transaction that makes the org
 * @throws AppError `forbidden` when a restricted caller names an org other than its own
 */
export async function ensureOrg(
  caller: Caller,
  externalId: string,
  prepare: (tenant: Tenant) => Promise<(tx: Tx) => Promise<void>>,
): Promise<Tenant> {
  const found = await findTenant(caller, externalId)
  if (found) return found
  const tenant = tenantToBe(newId(), externalId)
  const afterCreate = await prepare(tenant)
  try {
    await forOrg(tenant, async (tx) => {
      await tx.organizations.create({
        data: { id: tenant.orgId, external_id: externalId, name: externalId, origins: [] },
      })
      await afterCreate(tx)
    })
    return tenant
  } catch (error) {
    // Someone made the same org at the same moment: theirs is the one.
    if (isUniqueViolation(error)) return resolveTenant(caller, externalId)
    throw error
  }
}

/** Changes the fields that are given and leaves the others. Branding has versions: `publishSimpleIn` makes one. */
export async function changeOrgIn(
  tx: Tx,
  tenant: Tenant,
  change: Omit<OrganizationChange, 'branding'>,
): Promise<Organization> {
  const row = await tx.organizations.update({
    where: { id: tenant.orgId },
    data: {
      ...(change.name !== undefined && { name: change.name }),
      ...(change.origins !== undefined && { origins: [...new Set(change.origins)] }),
      ...(change.settings !== undefined && { settings: change.settings as Prisma.InputJsonObject }),
      ...(change.timezone !== undefined && { timezone: change.timezone }),
      updated_at: new Date(),
    },
  })
  const { sign_in_url } = row.settings as Organization['settings']
  if (typeof sign_in_url === 'string' && !row.origins.includes(new URL(sign_in_url).origin)) {
    throw new AppError('invalid_request', {
      detail: `${new URL(sign_in_url).origin} is not one of the organization's registered origins.`,
      param: 'settings.sign_in_url',
      errors: [{ path: 'settings.sign_in_url', message: 'is not within a registered origin' }],
    })
  }
  return view(row)
}

/**
 * Registers the origins that the first session of an org brings, and from then on insists that they lie within
 * what is registered (API.md `POST /connect_sessions`).
 * @throws AppError `invalid_request` naming the first origin that is not registered
 */
export async function admitOriginsIn(
  tx: Tx,
  tenant: Tenant,
  wanted: readonly { origin: string; param: string }[],
): Promise<void> {
  if (wanted.length === 0) return
  // Of two first sessions at the same moment one registers its origins, and the other is held to them.
  await tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${tenant.orgId}::uuid FOR UPDATE`
  const row = await tx.organizations.findUniqueOrThrow({ where: { id: tenant.orgId } })
  if (row.origins.length === 0) {
    const origins = [...new Set(wanted.map(({ origin }) => origin))]
    await tx.organizations.update({ where: { id: tenant.orgId }, data: { origins } })
    return
  }
  const stranger = wanted.find(({ origin }) => !row.origins.includes(origin))
  if (stranger) {
    throw new AppError('invalid_request', {
      detail: `${stranger.origin} is not one of the organization's registered origins. Register it with PUT /api/v1/orgs.`,
      param: stranger.param,
      errors: [{ path: stranger.param, message: 'is not a registered origin' }],
    })
  }
}

/** A page of the orgs that a caller reaches, newest first. `before` is the internal id of the last one seen. */
export async function listOrgs(
  caller: Caller,
  before: string | null,
  most: number,
): Promise<{ orgId: string; view: Organization }[]> {
  const own = before === null && caller.reach ? [caller.reach] : []
  const tenants = caller.reach === null ? await listTenants(before, most) : own
  return Promise.all(tenants.map(async (tenant) => ({ orgId: tenant.orgId, view: await getOrg(tenant) })))
}
