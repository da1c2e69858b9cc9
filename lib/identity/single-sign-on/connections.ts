import { config } from '#lib/config'
import { deployment, forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, newId, parseId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { sealLed, withOpenedLed } from '#lib/vault'
import { type MemberRole, memberRoles } from '../roles.ts'
import { requiresSsoIn } from './rules.ts'
import { type RoleBindings, roleBindings, type SsoConnection, type SsoConnectionInput } from './schema.ts'

type Row = Awaited<ReturnType<Tx['sso_connections']['findFirstOrThrow']>>

const connectionsMax = 5

/** Each connection has one of its own, so that one provider's answer cannot be fed to another's exchange. */
const redirectUriOf = (uuid: string): string =>
  `${config().publicUrl}/console/sign-in/sso/callback/${publicId('sso_connection', uuid)}`

const view = (row: Row): SsoConnection => ({
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
})

const bindingsOf = (row: Row): RoleBindings => roleBindings.parse(row.role_bindings)

/** The role that groups lead to: the first one in the order of the matrix that any of them is bound to. */
export function roleOf(bindings: RoleBindings, groups: readonly string[]): MemberRole | null {
  const bound = new Set(groups.flatMap((group) => (Object.hasOwn(bindings, group) ? [bindings[group]] : [])))
  return memberRoles.find((role) => bound.has(role)) ?? null
}

const binding = (uuid: string) => ({ purpose: 'sso_client_secret', parts: [uuid] })

const ownerOf = (tenant: Tenant): Tenant => (tenant.orgId === deploymentOrgId ? deployment : tenant)

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

function idOf(id: string): string {
  const uuid = parseId('sso_connection', id)
  if (!uuid) throw new AppError('not_found')
  return uuid
}

async function rowIn(tx: Tx, tenant: Tenant, uuid: string): Promise<Row> {
  const row = await tx.sso_connections.findUnique({ where: whereOf(tenant, uuid) })
  if (!row) throw new AppError('not_found')
  return row
}

const whereOf = (tenant: Tenant, uuid: string) => ({ org_id_id: { org_id: tenant.orgId, id: uuid } })

const invalid = (param: string, message: string) =>
  new AppError('invalid_request', {
    detail: `${param} ${message}.`,
    param,
    errors: [{ path: param, message }],
  })

function assertSecret({ client_auth: auth, client_secret: secret }: SsoConnectionInput, has: boolean): void {
  if (auth === 'none' && secret !== undefined)
    throw invalid('client_secret', 'is not used by a public client')
  if (auth !== 'none' && secret === undefined && !has)
    throw invalid('client_secret', 'is needed, unless the client is a public one')
}

const dataOf = (input: SsoConnectionInput) => ({
  name: input.name,
  issuer: input.issuer,
  client_id: input.client_id,
  client_auth: input.client_auth,
  scopes: [...new Set(['openid', ...input.scopes])],
  groups_claim: input.groups_claim,
  creates_members: input.creates_members,
})

/** Adds a connection, switched off. @throws AppError `invalid_request`, `conflict` for one too many */
export async function createSsoConnection(
  tenant: Tenant,
  input: SsoConnectionInput,
  createdBy: { type: string; id: string },
  record: (tx: Tx, made: SsoConnection) => Promise<void>,
): Promise<SsoConnection> {
  assertSecret(input, false)
  const id = newId()
  const sealed =
    input.client_secret === undefined
      ? null
      : await sealLed(ownerOf(tenant), binding(id), input.client_secret)
  return forOrg(tenant, async (tx) => {
    if ((await tx.sso_connections.count({ where: { org_id: tenant.orgId } })) >= connectionsMax)
      throw new AppError('conflict', { detail: `There are at most ${connectionsMax} connections.` })
    const data = { org_id: tenant.orgId, id, ...dataOf(input), sealed_client_secret: sealed }
    const made = view(await tx.sso_connections.create({ data: { ...data, created_by: createdBy } }))
    await record(tx, made)
    return made
  })
}

/**
 * Changes a connection. Another issuer means other people: those who signed in by the old one are bound to it and do not
 * get in by the new one. A client secret never goes to another issuer than the one it was given for.
 * @throws AppError `not_found`, `invalid_request`; `conflict` for another issuer where single sign-on is required
 */
export async function changeSsoConnection(
  tenant: Tenant,
  id: string,
  input: SsoConnectionInput,
  record: (tx: Tx, changed: SsoConnection, fields: readonly string[]) => Promise<void>,
): Promise<SsoConnection> {
  const uuid = idOf(id)
  const before = await forOrg(tenant, (tx) => rowIn(tx, tenant, uuid))
  const moved = before.issuer !== input.issuer
  assertSecret(input, before.sealed_client_secret !== null && !moved)
  const sealed =
    input.client_secret === undefined
      ? input.client_auth === 'none' || moved
        ? null
        : before.sealed_client_secret
      : await sealLed(ownerOf(tenant), binding(uuid), input.client_secret)
  return forOrg(tenant, async (tx) => {
    // Whoever is bound to the old issuer could not come in by the new one, and by nothing else.
    if (moved) await assertNotRequiredIn(tx, tenant, before)
    const data = { ...dataOf(input), sealed_client_secret: sealed, updated_at: new Date() }
    const changed = view(await tx.sso_connections.update({ where: whereOf(tenant, uuid), data }))
    const was = view(before)
    const fields = (
      ['name', 'issuer', 'clientId', 'clientAuth', 'groupsClaim', 'createsMembers'] as const
    ).filter((field) => was[field] !== changed[field])
    const scopes = was.scopes.join(' ') === changed.scopes.join(' ') ? [] : ['scopes']
    await record(tx, changed, [
      ...fields,
      ...scopes,
      ...(input.client_secret === undefined ? [] : ['client_secret']),
    ])
    return changed
  })
}

/** Binds a group to a role, or to none. @throws AppError `not_found`, `invalid_request` */
export async function bindGroupIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  group: string,
  role: string | null,
): Promise<void> {
  const uuid = idOf(id)
  await tx.$queryRaw`SELECT 1 FROM sso_connections WHERE org_id = ${tenant.orgId}::uuid AND id = ${uuid}::uuid FOR UPDATE`
  const { [group.trim()]: _, ...others } = bindingsOf(await rowIn(tx, tenant, uuid))
  const wanted = role === null ? others : { ...others, [group.trim()]: role }
  const bindings = roleBindings.safeParse(wanted)
  if (!bindings.success) throw invalid('group', 'or its role is not one that can be bound')
  await tx.sso_connections.update({
    where: whereOf(tenant, uuid),
    data: { role_bindings: bindings.data as Prisma.InputJsonObject, updated_at: new Date() },
  })
}

/** Switches a connection on, and the other that was; or off. @throws AppError `not_found`, `conflict` */
export async function setSsoStatusIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  status: 'on' | 'off',
): Promise<SsoConnection> {
  const uuid = idOf(id)
  const row = await rowIn(tx, tenant, uuid)
  if (status === 'off') await assertNotRequiredIn(tx, tenant, row)
  if (status === 'on')
    await tx.sso_connections.updateMany({
      where: { org_id: tenant.orgId, status: 'on', id: { not: uuid } },
      data: { status: 'off', updated_at: new Date() },
    })
  return view(
    await tx.sso_connections.update({
      where: whereOf(tenant, uuid),
      data: { status, updated_at: new Date() },
    }),
  )
}

/** Deletes a connection; whoever is bound to its issuer stays so. @throws AppError `not_found`, `conflict` */
export async function deleteSsoConnectionIn(tx: Tx, tenant: Tenant, id: string): Promise<SsoConnection> {
  const uuid = idOf(id)
  const row = await rowIn(tx, tenant, uuid)
  await assertNotRequiredIn(tx, tenant, row)
  await tx.sso_connections.delete({ where: whereOf(tenant, uuid) })
  return view(row)
}

/** Nobody opts out of a required single sign-on by taking it away (THREATS.md K4). */
async function assertNotRequiredIn(tx: Tx, tenant: Tenant, row: Row): Promise<void> {
  if (row.status === 'on' && (await requiresSsoIn(tx, tenant)))
    throw new AppError('conflict', {
      detail: 'Single sign-on is required here, by this connection. Take that back first.',
    })
}

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
