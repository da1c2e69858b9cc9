import type { Tool } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import type { Caller, Limits, Tenant } from '#lib/proof'
import { type AgentGrant, coversAccount, coversCall, hasChanged, isLaterThan } from './agent-grants.ts'
import { ceilingFact, ceilingsOfUserIn } from './ceilings.ts'

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
  /** The user's consent to the client that asks, on our own page, where its token names one that is in force. */
  agentGrant?: AgentGrant | null
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

function accountOf(row: Row, ceilings: ReadonlyMap<string, readonly string[]>): AccountRead {
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
    ceiling: ceilings.get(row.connector) ?? null,
  }
}

/** With the ceilings over their user: what a call or a list means is one user's. */
async function readIn(tx: Tx, tenant: Tenant, where: Parameters<typeof rowsIn>[2]): Promise<AccountRead[]> {
  const rows = await rowsIn(tx, tenant, where)
  const [first] = rows
  if (!first) return []
  const ceilings = await ceilingsOfUserIn(tx, tenant, first.user_id)
  return rows.map((row) => accountOf(row, ceilings))
}

/** The accounts that a call may mean, newest first. */
export const readAccounts = (tenant: Tenant, connector: string, ref: AccountRef): Promise<AccountRead[]> =>
  forOrg(tenant, (tx) =>
    readIn(
      tx,
      tenant,
      'accountId' in ref
        ? { id: ref.accountId }
        : { connector, status: { not: 'revoked' }, user: { external_id: ref.userId, deleted_at: null } },
    ),
  )

/** What a user has in use, at every connector. */
export const readUsableIn = async (
  tx: Tx,
  tenant: Tenant,
  userId: string,
  ceilings: ReadonlyMap<string, readonly string[]>,
): Promise<AccountRead[]> =>
  (await rowsIn(tx, tenant, { status: 'active', user_id: userId })).map((row) => accountOf(row, ceilings))

/**
 * What a call reads of the account `a` that it means: beside its own columns those of its user, of the consent in force
 * and of the ceilings. Everything hangs on `a` from left to right.
 */
export const accountFact = {
  joins: `LEFT JOIN LATERAL (SELECT y.external_id, y.groups FROM end_users y
      WHERE y.org_id = a.org_id AND y.id = a.user_id LIMIT 1) u ON true
    LEFT JOIN LATERAL (SELECT y.id, y.scopes_granted, y.grantee_product, y.resources,
        coalesce(y.expires_at <= now(), false) AS over,
        (SELECT json_agg(json_build_object('agent_org_id', g.agent_org_id, 'agent_id', g.agent_id))
          FROM connection_grantees g WHERE g.org_id = y.org_id AND g.connection_id = y.id) AS grantees
      FROM connections y WHERE y.org_id = a.org_id AND y.id = a.current_connection_id LIMIT 1) c ON true`,
  columns: `a.id, a.user_id, a.connector, a.auth_config_org_id, a.auth_config_id, a.status, a.status_reason,
    u.external_id AS user_external_id, u.groups AS user_groups, c.id AS consent_id, c.scopes_granted, c.grantee_product,
    c.resources, c.over, c.grantees, ${ceilingFact.select} AS ceiling`,
  parse: (row: AccountFactRow): AccountRead => ({
    id: row.id,
    user_id: row.user_id,
    user_external_id: row.user_external_id,
    connector: row.connector,
    auth_config_org_id: row.auth_config_org_id,
    auth_config_id: row.auth_config_id,
    status: row.status,
    status_reason: row.status_reason,
    connection:
      row.consent_id === null
        ? null
        : {
            id: row.consent_id,
            scopes_granted: row.scopes_granted,
            grantee_product: row.grantee_product,
            grantees: row.grantees ?? [],
            over: row.over,
            resources: row.resources,
          },
    ceiling: ceilingFact.parse(row.ceiling),
  }),
}

export type AccountFactRow = Omit<AccountRead, 'connection' | 'ceiling'> & {
  user_groups: string[]
  consent_id: string | null
  scopes_granted: string[]
  grantee_product: boolean
  resources: Limits | null
  over: boolean
  grantees: { agent_org_id: string; agent_id: string }[] | null
  ceiling: unknown
}

/**
 * Whether the connection itself names this caller: the product, or this very agent. What a person chose on the
 * authorization server's page goes before it: a client that they were asked about there has of the accounts of that time
 * those that they chose.
 */
export function isNamed(
  { id, connection, user_id, agentGrant = null }: AccountRead,
  caller: Caller,
): boolean {
  if (!connection) return caller.kind !== 'agent'
  if (caller.kind !== 'agent') return connection.grantee_product
  if (caller.grantId && !isLaterThan(caller.grantId, agentGrant, { id, connectionId: connection.id }))
    return false
  const onBehalf = caller.userId === null || caller.userId === user_id
  return (
    onBehalf &&
    connection.grantees.some(
      ({ agent_org_id, agent_id }) => agent_org_id === caller.agentOrgId && agent_id === caller.agentId,
    )
  )
}

/**
 * Whether this account was lent to this caller: the connection names it, or the consent that its token stands on is about
 * this account.
 */
export const isGrantee = (account: AccountRead, caller: Caller): boolean =>
  isNamed(account, caller) || (account.connection !== null && coversAccount(lentBy(account, caller), account))

/** As `isGrantee`, for one tool: a consent to a client is to some tools alone. */
export const mayRun = (account: AccountRead, caller: Caller, tool: Tool): boolean =>
  isNamed(account, caller) || coversCall(lentBy(account, caller), account, tool)

/** Whether a caller could run a tool if it were still what the person agreed to. */
export const hasChangedFor = (account: AccountRead, caller: Caller, tool: Tool): boolean =>
  hasChanged(lentBy(account, caller), account, tool)

const lentBy = ({ agentGrant = null }: AccountRead, caller: Caller): AgentGrant | null =>
  caller.kind === 'agent' && agentGrant?.userId === caller.userId ? agentGrant : null
