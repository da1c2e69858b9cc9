// What operators and organizations do with their OAuth clients; that they are used is auth-configs.ts.
import { config } from '#lib/config'
import { deployment, forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, newId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { type Row, redirectUriOf, sealSecret } from './auth-configs.ts'
import type { AuthConfigChange, AuthConfigInput, AuthConfigView } from './schema.ts'

const view = (tenant: Tenant, row: Row): AuthConfigView => ({
  id: publicId('auth_config', row.id),
  org_id: tenant.orgId === deploymentOrgId ? null : tenant.externalId,
  connector: row.connector,
  kind: row.kind as AuthConfigView['kind'],
  name: row.name,
  client_id: row.client_id,
  redirect_uri: redirectUriOf(row.id),
  events_url: `${config().publicUrl}/api/v1/provider_events/${publicId('auth_config', row.id)}`,
  events_signed: row.sealed_event_secret !== null,
  base_urls: row.base_urls as Record<string, string>,
  disabled: row.disabled_at !== null,
  created_at: row.created_at.toISOString(),
})

/** Where a client secret goes is the operator's decision alone (THREATS.md O3). */
function mayPoint(caller: Caller, baseUrls: unknown): void {
  if (baseUrls !== undefined && caller.reach !== null) {
    throw new AppError('invalid_request', {
      detail: 'base_urls may be set with an unrestricted key only.',
      param: 'base_urls',
      errors: [{ path: 'base_urls', message: 'may be set with an unrestricted key only' }],
    })
  }
}

function assertBaseUrls(
  known: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): void {
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (stranger !== undefined) {
    throw new AppError('invalid_request', {
      detail: `base_urls has no ${stranger}; this connector knows ${Object.keys(known).join(', ')}.`,
      param: `base_urls.${stranger}`,
      errors: [{ path: `base_urls.${stranger}`, message: 'is not an address of this connector' }],
    })
  }
}

/** A form has no client: there is nothing of ours that the provider would know. */
function assertFormChange({ client_id, client_secret, event_secret }: AuthConfigChange): void {
  const given = Object.entries({ client_id, client_secret, event_secret }).find(
    ([, value]) => value !== undefined,
  )?.[0]
  if (given === undefined) return
  throw new AppError('invalid_request', {
    detail: `People paste a credential of their own for this connector; it has no ${given}.`,
    param: given,
    errors: [{ path: given, message: 'is not taken by this connector' }],
  })
}

/**
 * Makes the row that stands for each form among the auth configs, where there is none: what hangs on an auth config,
 * an operator's switch first of all, holds for it too.
 * @param connectors ids of connectors with a credential form
 * @param record audits what was made
 */
export async function ensureFormConfigs(
  connectors: readonly string[],
  record: (tx: Tx, tenant: Tenant) => Promise<void>,
): Promise<void> {
  await forOrg(deployment, async (tx) => {
    for (const connector of connectors) {
      const made = await tx.auth_configs.createMany({
        data: {
          org_id: deployment.orgId,
          id: newId(),
          connector,
          kind: 'form',
          name: connector,
          client_id: '',
          scopes: [],
        },
        skipDuplicates: true,
      })
      if (made.count > 0) await record(tx, deployment)
    }
  })
}

/** @param known the connector's own addresses */
export async function createAuthConfig(
  tenant: Tenant,
  caller: Caller,
  input: AuthConfigInput,
  known: Readonly<Record<string, string>>,
  record: (tx: Tx, created: AuthConfigView) => Promise<void>,
): Promise<AuthConfigView> {
  mayPoint(caller, input.base_urls)
  assertBaseUrls(known, input.base_urls ?? {})
  const id = newId()
  const sealed = await sealSecret(tenant, 'client_secret', id, input.client_secret)
  const sealedEvent =
    input.event_secret === undefined ? null : await sealSecret(tenant, 'event_secret', id, input.event_secret)
  return forOrg(tenant, async (tx) => {
    const row = await tx.auth_configs.create({
      data: {
        org_id: tenant.orgId,
        id,
        connector: input.connector,
        name: input.name ?? input.connector,
        client_id: input.client_id,
        sealed_client_secret: sealed,
        sealed_event_secret: sealedEvent,
        scopes: [],
        base_urls: input.base_urls ?? {},
      },
    })
    const created = view(tenant, row)
    await record(tx, created)
    return created
  })
}

/** Deleting a client that is still needed destroys its secret: without another it could connect nobody. */
function assertHasSecret(
  { kind, sealed_client_secret }: { kind: string; sealed_client_secret: unknown },
  { disabled, client_secret }: AuthConfigChange,
): void {
  if (disabled !== false || kind === 'form' || sealed_client_secret !== null || client_secret !== undefined)
    return
  throw new AppError('conflict', {
    detail: 'This client was deleted, and its secret destroyed. Give another client_secret to enable it.',
  })
}

/** @throws AppError `not_found`; `conflict` for one to be enabled whose secret was destroyed */
export async function changeAuthConfig(
  tenant: Tenant,
  caller: Caller,
  id: string,
  change: AuthConfigChange,
  baseUrlsOf: (connector: string) => Readonly<Record<string, string>>,
  record: (tx: Tx, changed: AuthConfigView) => Promise<void>,
): Promise<AuthConfigView> {
  mayPoint(caller, change.base_urls)
  const sealed =
    change.client_secret === undefined
      ? undefined
      : await sealSecret(tenant, 'client_secret', id, change.client_secret)
  const sealedEvent =
    typeof change.event_secret === 'string'
      ? await sealSecret(tenant, 'event_secret', id, change.event_secret)
      : change.event_secret
  return forOrg(tenant, async (tx) => {
    const at = { org_id_id: { org_id: tenant.orgId, id } }
    // Whoever deletes it meanwhile is waited for: what is judged below is what is changed.
    await tx.$queryRaw`SELECT 1 FROM auth_configs
      WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`
    const before = await tx.auth_configs.findUnique({ where: at })
    if (!before) throw new AppError('not_found')
    if (before.kind === 'form') assertFormChange(change)
    assertHasSecret(before, change)
    assertBaseUrls(baseUrlsOf(before.connector), change.base_urls ?? {})
    const row = await tx.auth_configs.update({
      where: at,
      data: {
        ...(change.name !== undefined && { name: change.name }),
        ...(change.client_id !== undefined && { client_id: change.client_id }),
        ...(change.base_urls !== undefined && { base_urls: change.base_urls }),
        ...(change.disabled !== undefined && { disabled_at: change.disabled ? new Date() : null }),
        ...(sealed && { sealed_client_secret: sealed }),
        ...(sealedEvent !== undefined && { sealed_event_secret: sealedEvent }),
        updated_at: new Date(),
      },
    })
    const changed = view(tenant, row)
    await record(tx, changed)
    return changed
  })
}

/** @throws AppError `conflict` while accounts or attempts depend on it: disable it instead */
export const deleteAuthConfig = (
  tenant: Tenant,
  id: string,
  record: (tx: Tx, deleted: AuthConfigView) => Promise<void>,
): Promise<void> =>
  forOrg(tenant, async (tx) => {
    const at = { org_id_id: { org_id: tenant.orgId, id } }
    const row = await tx.auth_configs.findUnique({ where: at })
    if (!row) throw new AppError('not_found')
    const used = await tx.connect_attempts.findFirst({ where: { auth_config_id: id } })
    if (used || tenant.orgId === deploymentOrgId) {
      await tx.auth_configs.update({
        where: at,
        data: { disabled_at: new Date(), sealed_client_secret: null, sealed_event_secret: null },
      })
    } else {
      await tx.auth_configs.delete({ where: at })
    }
    await record(tx, view(tenant, row))
  })

export const listAuthConfigs = (
  tenant: Tenant,
  filter: { connector?: string | undefined },
  before: string | null,
  most: number,
): Promise<AuthConfigView[]> =>
  forOrg(tenant, async (tx) => {
    const where = {
      org_id: tenant.orgId,
      ...(filter.connector !== undefined && { connector: filter.connector }),
      ...(before !== null && { id: { lt: before } }),
    }
    const rows = await tx.auth_configs.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => view(tenant, row))
  })

export const getAuthConfig = (tenant: Tenant, id: string): Promise<AuthConfigView> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.auth_configs.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
    if (!row) throw new AppError('not_found')
    return view(tenant, row)
  })
