import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { sealLed } from '#lib/vault'
import { actorOf } from '../authenticate.ts'
import { assertMayGiveRole } from '../members/manage.ts'
import { memberRoles } from '../roles.ts'
import { binding, bindingsOf, idOf, ownerOf, type Row, rowIn, view, whereOf } from './connections.ts'
import { lockIn, requiresSsoIn } from './rules.ts'
import {
  type RoleBindings,
  roleBindings,
  type SsoConnection,
  type SsoConnectionChange,
  type SsoConnectionInput,
} from './schema.ts'

const connectionsMax = 5

const invalid = (param: string, message: string) =>
  new AppError('invalid_request', {
    detail: `${param} ${message}.`,
    param,
    errors: [{ path: param, message }],
  })

type Client = Pick<SsoConnectionInput, 'client_auth' | 'client_secret'>

function assertSecret({ client_auth: auth, client_secret: secret }: Client, has: boolean): void {
  if (auth === 'none' && secret !== undefined)
    throw invalid('client_secret', 'is not used by a public client')
  if (auth !== 'none' && secret === undefined && !has)
    throw invalid('client_secret', 'is needed, unless the client is a public one')
}

/** Whoever says which group leads to a role gives that role away. @throws AppError `forbidden` for a key that may not */
function assertMayBind(caller: Caller, ...bindings: readonly RoleBindings[]): void {
  for (const role of new Set(bindings.flatMap((one) => Object.values(one)))) assertMayGiveRole(caller, role)
}

/** Nor who it is that comes in by an issuer: members keep the role that a person gave them. @throws AppError `forbidden` */
async function assertMayLetInIn(tx: Tx, tenant: Tenant, caller: Caller, issuers: string[]): Promise<void> {
  const where = { org_id: tenant.orgId, iss: { in: issuers }, disabled_at: null }
  const bound = await tx.members.findMany({ where, select: { role: true }, distinct: ['role'] })
  for (const role of memberRoles.filter((one) => bound.some((member) => member.role === one)))
    assertMayGiveRole(caller, role)
}

const dataOf = (input: Omit<SsoConnectionInput, 'client_secret' | 'role_bindings'>) => ({
  name: input.name,
  issuer: input.issuer,
  client_id: input.client_id,
  client_auth: input.client_auth,
  scopes: [...new Set(['openid', ...input.scopes])],
  groups_claim: input.groups_claim,
  creates_members: input.creates_members,
})

/**
 * Adds a connection, switched off.
 * @throws AppError `invalid_request`; `conflict` for one too many; `forbidden` for a key that binds a role beyond its own
 */
export async function createSsoConnection(
  tenant: Tenant,
  caller: Caller,
  input: SsoConnectionInput,
  record: (tx: Tx, made: SsoConnection) => Promise<void>,
): Promise<SsoConnection> {
  const bindings = input.role_bindings ?? {}
  assertMayBind(caller, bindings)
  assertSecret(input, false)
  const id = newId()
  const sealed =
    input.client_secret === undefined
      ? null
      : await sealLed(ownerOf(tenant), binding(id), input.client_secret)
  return forOrg(tenant, async (tx) => {
    // Of two at the same moment the second counts the first.
    await tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${tenant.orgId}::uuid FOR NO KEY UPDATE`
    if ((await tx.sso_connections.count({ where: { org_id: tenant.orgId } })) >= connectionsMax)
      throw new AppError('conflict', { detail: `There are at most ${connectionsMax} connections.` })
    const made = await tx.sso_connections.create({
      data: {
        ...{ org_id: tenant.orgId, id, ...dataOf(input), sealed_client_secret: sealed },
        ...{ role_bindings: bindings, created_by: actorOf(caller) },
      },
    })
    await record(tx, view(made))
    return view(made)
  })
}

/** What a change was made of, for the audit. */
export type SsoConnectionChanged = {
  before: SsoConnection
  after: SsoConnection
  /** Of the connection itself: neither `status` nor `role_bindings`. */
  fields: readonly string[]
  /** Id of the connection that was on until this one was switched on. */
  replaced: string | null
}

/**
 * Changes what is given and leaves the rest. Another issuer means other people: those who signed in by the old one are
 * bound to it and do not get in by the new one. A client secret never goes to another issuer than the one it was given for.
 * @throws AppError `not_found`, `invalid_request`; `conflict` for another issuer, or switching off, where single sign-on is
 *   required; `forbidden` for a key, where the connection leads to a role beyond its own, or members who have one sign in by it
 */
export async function changeSsoConnection(
  tenant: Tenant,
  caller: Caller,
  id: string,
  change: SsoConnectionChange,
  record: (tx: Tx, changed: SsoConnectionChanged) => Promise<void>,
): Promise<SsoConnection> {
  const uuid = idOf(id)
  const { client_secret: secret } = change
  // Sealing may ask a key service, for which no transaction waits.
  const given = secret === undefined ? null : await sealLed(ownerOf(tenant), binding(uuid), secret)
  return forOrg(tenant, async (tx) => {
    await lockIn(tx, tenant)
    const row = await rowIn(tx, tenant, uuid)
    const before = view(row)
    const wanted = { ...inputOf(before), ...defined(change) }
    if (reachesFurther(change)) {
      assertMayBind(caller, before.roleBindings, wanted.role_bindings)
      await assertMayLetInIn(tx, tenant, caller, [before.issuer, wanted.issuer])
    }
    const moved = before.issuer !== wanted.issuer
    assertSecret(wanted, before.hasSecret && !moved)
    // Whoever is bound to the old issuer could not come in by the new one, and by nothing else.
    if (moved) await assertNotRequiredIn(tx, tenant, row)
    const kept = wanted.client_auth === 'none' || moved ? null : row.sealed_client_secret
    await tx.sso_connections.update({
      where: whereOf(tenant, uuid),
      data: {
        ...{ ...dataOf(wanted), sealed_client_secret: given ?? kept, updated_at: new Date() },
        role_bindings: wanted.role_bindings as Prisma.InputJsonObject,
      },
    })
    const { status } = wanted
    const { connection: after, replaced } =
      status === before.status
        ? { connection: view(await rowIn(tx, tenant, uuid)), replaced: null }
        : await setSsoStatusIn(tx, tenant, id, status)
    await record(tx, { before, after, fields: fieldsOf(before, after, secret !== undefined), replaced })
    return after
  })
}

const inputOf = (from: SsoConnection) => ({
  name: from.name,
  issuer: from.issuer,
  client_id: from.clientId,
  client_auth: from.clientAuth,
  scopes: [...from.scopes],
  groups_claim: from.groupsClaim,
  creates_members: from.createsMembers,
  role_bindings: from.roleBindings,
  status: from.status,
})

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
const defined = <T extends object>(from: T): Defined<T> =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Defined<T>

/** Anything but a connection's end lets people in. */
const reachesFurther = ({ status, ...more }: SsoConnectionChange): boolean =>
  status === 'on' || Object.keys(more).length > 0

function fieldsOf(before: SsoConnection, after: SsoConnection, secret: boolean): string[] {
  const [was, is] = [inputOf(before), inputOf(after)]
  const plain = ['name', 'issuer', 'client_id', 'client_auth', 'groups_claim', 'creates_members'] as const
  return [
    ...plain.filter((field) => was[field] !== is[field]),
    ...(was.scopes.join(' ') === is.scopes.join(' ') ? [] : ['scopes']),
    ...(secret ? ['client_secret'] : []),
  ]
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
  await lockIn(tx, tenant)
  const { [group.trim()]: _, ...others } = bindingsOf(await rowIn(tx, tenant, uuid))
  const wanted = role === null ? others : { ...others, [group.trim()]: role }
  const bindings = roleBindings.safeParse(wanted)
  if (!bindings.success) throw invalid('group', 'or its role is not one that can be bound')
  await tx.sso_connections.update({
    where: whereOf(tenant, uuid),
    data: { role_bindings: bindings.data as Prisma.InputJsonObject, updated_at: new Date() },
  })
}

/**
 * Switches a connection on, and the other that was; or off.
 * @returns the connection, and the id of the other that went off for it
 * @throws AppError `not_found`, `conflict`
 */
export async function setSsoStatusIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  status: 'on' | 'off',
): Promise<{ connection: SsoConnection; replaced: string | null }> {
  const uuid = idOf(id)
  await lockIn(tx, tenant)
  const row = await rowIn(tx, tenant, uuid)
  if (status === 'off') await assertNotRequiredIn(tx, tenant, row)
  const replaced = status === 'on' ? await replaceIn(tx, tenant, row) : null
  const data = { status, updated_at: new Date() }
  const now = await tx.sso_connections.update({ where: whereOf(tenant, uuid), data })
  return { connection: view(now), replaced }
}

/** Makes room for the one that is switched on. @throws AppError `conflict` where nobody could come in by it */
async function replaceIn(tx: Tx, tenant: Tenant, by: Row): Promise<string | null> {
  const where = { org_id: tenant.orgId, status: 'on', id: { not: by.id } }
  const other = await tx.sso_connections.findFirst({ where })
  if (!other) return null
  if (other.issuer !== by.issuer) await assertNotRequiredIn(tx, tenant, other)
  await tx.sso_connections.update({
    where: whereOf(tenant, other.id),
    data: { status: 'off', updated_at: new Date() },
  })
  return view(other).id
}

/** Deletes a connection; whoever is bound to its issuer stays so. @throws AppError `not_found`, `conflict` */
export async function deleteSsoConnectionIn(tx: Tx, tenant: Tenant, id: string): Promise<SsoConnection> {
  const uuid = idOf(id)
  await lockIn(tx, tenant)
  const row = await rowIn(tx, tenant, uuid)
  await assertNotRequiredIn(tx, tenant, row)
  await tx.sso_connections.delete({ where: whereOf(tenant, uuid) })
  return view(row)
}

/** Nobody opts out of a required single sign-on by taking it away (THREATS.md K4). */
async function assertNotRequiredIn(tx: Tx, tenant: Tenant, row: Row): Promise<void> {
  if (row.status === 'on' && (await requiresSsoIn(tx, tenant)))
    throw new AppError('conflict', {
      detail: 'Single sign-on is required here, by the connection that is on. Take that back first.',
    })
}
