import { forOrg, type Tx } from '#lib/db'
import type { Caller, Limits, Tenant } from '#lib/proof'

/** Which account a call means: by its id, or as the only one of a user that fits. */
export type AccountRef = { accountId: string } | { userId: string }

/** An account as it was read for one call: all that the grant is judged by. */
export type AccountRead = Readonly<{
  id: string
  user_id: string
  user_external_id: string
  connector: string
  auth_config_org_id: string
  auth_config_id: string
  status: string
  status_reason: string | null
  /** The consent that is in force; `null` where none is. */
  connection: Readonly<{
    id: string
    scopes_granted: readonly string[]
    grantee_product: boolean
    grantees: readonly Readonly<{ agent_org_id: string; agent_id: string }>[]
    /** Whether the time that the person allowed is over. */
    over: boolean
    resources: Limits | null
  }> | null
  /** The most scopes that the groups of this user may use at this connector; `null` for no ceiling. */
  ceiling: readonly string[] | null
}>

const include = {
  user: { select: { external_id: true } },
  connections: { orderBy: { id: 'desc' as const }, take: 1, include: { grantees: true } },
}
type Row = Awaited<ReturnType<typeof rowsIn>>[number]

const rowsIn = (
  tx: Tx,
  tenant: Tenant,
  where: NonNullable<Parameters<Tx['connected_accounts']['findMany']>[0]>['where'],
) =>
  tx.connected_accounts.findMany({
    where: { ...where, org_id: tenant.orgId, deleted_at: null },
    orderBy: { id: 'desc' },
    take: 100,
    include,
  })

function accountOf(row: Row): AccountRead {
  const current = row.connections.find((connection) => connection.id === row.current_connection_id)
  return {
    id: row.id,
    user_id: row.user_id,
    user_external_id: row.user.external_id,
    connector: row.connector,
    auth_config_org_id: row.auth_config_org_id,
    auth_config_id: row.auth_config_id,
    status: row.status,
    status_reason: row.status_reason,
    connection: current
      ? {
          id: current.id,
          scopes_granted: current.scopes_granted,
          grantee_product: current.grantee_product,
          grantees: current.grantees,
          over: current.expires_at !== null && current.expires_at <= new Date(),
          resources: current.resources as Limits | null,
        }
      : null,
    ceiling: null,
  }
}

/** The accounts that a call may mean, newest first. */
export const readAccounts = (tenant: Tenant, connector: string, ref: AccountRef): Promise<AccountRead[]> =>
  forOrg(tenant, async (tx) =>
    (
      await rowsIn(
        tx,
        tenant,
        'accountId' in ref
          ? { id: ref.accountId }
          : { connector, status: { not: 'revoked' }, user: { external_id: ref.userId, deleted_at: null } },
      )
    ).map(accountOf),
  )

/** What a user has in use, at every connector. */
export const readUsable = (tenant: Tenant, userExternalId: string): Promise<AccountRead[]> =>
  forOrg(tenant, async (tx) =>
    (
      await rowsIn(tx, tenant, { status: 'active', user: { external_id: userExternalId, deleted_at: null } })
    ).map(accountOf),
  )

/** Whether the consent was given to this caller: the product itself, or this very agent. */
export function isGrantee({ connection, user_id }: AccountRead, caller: Caller): boolean {
  if (!connection) return caller.kind !== 'agent'
  if (caller.kind !== 'agent') return connection.grantee_product
  const onBehalf = caller.userId === null || caller.userId === user_id
  return (
    onBehalf &&
    connection.grantees.some(
      ({ agent_org_id, agent_id }) => agent_org_id === caller.agentOrgId && agent_id === caller.agentId,
    )
  )
}
