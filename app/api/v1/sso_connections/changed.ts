// What the API tells of a connection, and what it writes down about a change of one: the same events as the console.
import type { z } from 'zod'
import type { Origin } from '#lib/audit'
import type { Tx } from '#lib/db'
import type { SsoConnectionChanged } from '#lib/identity'
import type { SsoConnection, ssoConnection } from '#lib/identity/schema'
import { deploymentOrgId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { audited } from '#runtime'

export const wire = (tenant: Tenant, from: SsoConnection): z.output<typeof ssoConnection> => ({
  id: from.id,
  org_id: tenant.orgId === deploymentOrgId ? null : tenant.externalId,
  name: from.name,
  issuer: from.issuer,
  client_id: from.clientId,
  client_auth: from.clientAuth,
  has_client_secret: from.hasSecret,
  scopes: [...from.scopes],
  groups_claim: from.groupsClaim,
  creates_members: from.createsMembers,
  role_bindings: from.roleBindings,
  status: from.status,
  redirect_uri: from.redirectUri,
  created_at: from.createdAt,
})

type Scene = { tx: Tx; tenant: Tenant; caller: Caller; origin: Origin }

/** Each group that is bound, to which role, or is no more. */
export async function recordBindings(
  { tx, tenant, caller, origin }: Scene,
  connection: string,
  { before, after }: { before: SsoConnection['roleBindings']; after: SsoConnection['roleBindings'] },
): Promise<void> {
  for (const group of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const role = Object.hasOwn(after, group) ? (after[group] ?? null) : null
    if (Object.hasOwn(before, group) && before[group] === role) continue
    const action = role === null ? 'sso_connection.group_unbound' : 'sso_connection.group_bound'
    await audited(tx, tenant, caller, origin, action, { connection, group, role }, ['role_bindings'])
  }
}

export async function recordChange(
  scene: Scene,
  { before, after, fields, replaced }: SsoConnectionChanged,
): Promise<void> {
  const { tx, tenant, caller, origin } = scene
  const connection = after.id
  if (fields.length > 0) {
    const facts = { connection, issuer: after.issuer }
    await audited(tx, tenant, caller, origin, 'sso_connection.changed', facts, fields)
  }
  await recordBindings(scene, connection, { before: before.roleBindings, after: after.roleBindings })
  if (before.status === after.status) return
  if (replaced !== null)
    await audited(tx, tenant, caller, origin, 'sso_connection.switched_off', { connection: replaced }, [
      'status',
    ])
  const action = after.status === 'on' ? 'sso_connection.switched_on' : 'sso_connection.switched_off'
  await audited(tx, tenant, caller, origin, action, { connection }, ['status'])
}
