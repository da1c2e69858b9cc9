import { config } from '#lib/config'
import { deployment, forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, parseId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { withOpenedLed } from '#lib/vault'
import { type MemberRole, memberRoles } from '../roles.ts'
import { type RoleBindings, roleBindings, type SsoConnection } from './schema.ts'

export type Row = Awaited<ReturnType<Tx['sso_connections']['findFirstOrThrow']>>

/** Each connection has one of its own, so that one provider's answer cannot be fed to another's exchange. */
const redirectUriOf = (uuid: string): string =>
  `${config().publicUrl}/console/sign-in/sso/callback/${publicId('sso_connection', uuid)}`

export const view = (row: Row): SsoConnection => ({
  id: publicId('sso_connection', row.id),
  name: row.name,
  issuer: row.issuer,
  clientId: row.client_id,
  clientAuth: row.client_auth as SsoConnection['clientAuth'],
  hasSecret: row.sealed_client_secret !== null,
  scopes: row.scopes,
  groupsClaim: row.groups_claim,
  createsMembers: row.creates_members,
  roleBindings: bindingsOf(row),
  status: row.status as SsoConnection['status'],
  redirectUri: redirectUriOf(row.id),
  createdAt: row.created_at.toISOString(),
})

export const bindingsOf = (row: Row): RoleBindings => roleBindings.parse(row.role_bindings)

/** The role that groups lead to: the first one in the order of the matrix that any of them is bound to. */
export function roleOf(bindings: RoleBindings, groups: readonly string[]): MemberRole | null {
  const bound = new Set(groups.flatMap((group) => (Object.hasOwn(bindings, group) ? [bindings[group]] : [])))
  return memberRoles.find((role) => bound.has(role)) ?? null
}

/** What a client secret is sealed for. */
export const binding = (uuid: string) => ({ purpose: 'sso_client_secret', parts: [uuid] })

/** Whose key a client secret is sealed under. */
export const ownerOf = (tenant: Tenant): Tenant => (tenant.orgId === deploymentOrgId ? deployment : tenant)

/** Lends the client secret to `use`; `null` where the client has none. */
export async function withSsoSecret<T>(
  tenant: Tenant,
  connection: SsoConnection,
  use: (secret: string | null) => Promise<T>,
): Promise<T> {
  const uuid = idOf(connection.id)
  const row = await forOrg(tenant, (tx) => rowIn(tx, tenant, uuid))
  if (row.sealed_client_secret === null) return use(null)
  return withOpenedLed(ownerOf(tenant), binding(uuid), row.sealed_client_secret, (plain) =>
    use(plain.toString()),
  )
}

/** @throws AppError `not_found` */
export function idOf(id: string): string {
  const uuid = parseId('sso_connection', id)
  if (!uuid) throw new AppError('not_found')
  return uuid
}

/** @throws AppError `not_found` */
export async function rowIn(tx: Tx, tenant: Tenant, uuid: string): Promise<Row> {
  const row = await tx.sso_connections.findUnique({ where: whereOf(tenant, uuid) })
  if (!row) throw new AppError('not_found')
  return row
}

export const whereOf = (tenant: Tenant, uuid: string) => ({ org_id_id: { org_id: tenant.orgId, id: uuid } })

export const listSsoConnections = (tenant: Tenant): Promise<SsoConnection[]> =>
  forOrg(tenant, async (tx) =>
    (await tx.sso_connections.findMany({ where: { org_id: tenant.orgId }, orderBy: { id: 'asc' } })).map(
      view,
    ),
  )

/** @throws AppError `not_found` */
export const getSsoConnection = (tenant: Tenant, id: string): Promise<SsoConnection> =>
  forOrg(tenant, async (tx) => view(await rowIn(tx, tenant, idOf(id))))

/** `null` for one that there is not, or no more. */
export const findSsoConnection = (tenant: Tenant, id: string): Promise<SsoConnection | null> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.sso_connections.findUnique({ where: whereOf(tenant, idOf(id)) })
    return row && view(row)
  })

/** The connection that an org's members sign in by; `null` where it has none switched on. */
export const ssoConnectionInUse = (tenant: Tenant): Promise<SsoConnection | null> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.sso_connections.findFirst({ where: { org_id: tenant.orgId, status: 'on' } })
    return row && view(row)
  })

/** The connection by which a member signs in; `null` for one who is not bound to the issuer of any that is in use. */
export const ssoOfMember = ({ home, memberId }: Caller & { kind: 'admin' }): Promise<SsoConnection | null> =>
  forOrg(home, async (tx) => {
    const member = await tx.members.findUnique({ where: whereOf(home, memberId) })
    const row = await tx.sso_connections.findFirst({ where: { org_id: home.orgId, status: 'on' } })
    return row !== null && member?.iss === row.issuer ? view(row) : null
  })
