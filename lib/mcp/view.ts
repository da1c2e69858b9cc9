import { sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { AgentCaller } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type AgentGrant, coversAccount, grantFact, isLaterThan } from '#lib/scopes'

/** Which tools an agent, or one of its toolsets, is for; `null` for any. */
type Lists = {
  connectors: readonly string[] | null
  tools: readonly string[] | null
  tool_discovery: 'list' | 'search'
}

/** An account that this agent may use for its user, whatever its state. */
export type OwnAccount = {
  /** Internal. */
  id: string
  /** `ca_…` */
  publicId: string
  user_id: string
  connector: string
  status: string
  label: string
  /** Whether the consent names this very agent; else it is there by what the person let the client do. */
  named: boolean
}

type AccountRow = Omit<OwnAccount, 'publicId'> & { connection_id: string | null }

/** What there is to see for one caller at one endpoint. */
export type View = {
  tenant: Tenant
  caller: AgentCaller
  /** The product's own id of the user; `null` where the agent calls for itself and names a user with each call. */
  userId: string | null
  agent: Lists
  toolset: Lists | null
  grant: AgentGrant | null
  accounts: readonly OwnAccount[]
  connected: ReadonlySet<string>
}

type Row = {
  user_id: string | null
  agent: Lists | null
  toolset: Lists | null
  granted: unknown
  accounts: readonly AccountRow[] | null
  connected: readonly string[] | null
}

const named = `EXISTS (SELECT FROM connection_grantees g WHERE g.org_id = a.org_id
  AND g.connection_id = a.current_connection_id AND g.agent_org_id = $2::uuid AND g.agent_id = $3::uuid)`
const lists = (of: string) =>
  `json_build_object('connectors', ${of}.connectors, 'tools', ${of}.tools, 'tool_discovery', ${of}.tool_discovery)`
const inUse = `a.org_id = $1::uuid AND a.deleted_at IS NULL AND a.status <> 'revoked'`

const read = {
  name: 'mcp_view',
  text: `SELECT
    (SELECT u.external_id FROM end_users u
      WHERE u.org_id = $1::uuid AND u.id = $4::uuid AND u.deleted_at IS NULL) AS user_id,
    (SELECT ${lists('x')} FROM agents x
      WHERE x.org_id = $2::uuid AND x.id = $3::uuid AND x.disabled_at IS NULL) AS agent,
    (SELECT ${lists('t')} FROM agent_toolsets t WHERE t.org_id = $1::uuid AND t.id = $6::uuid
      AND (t.agent_id IS NULL OR (t.agent_org_id = $2::uuid AND t.agent_id = $3::uuid))) AS toolset,
    ${grantFact.select({ org: '$1::uuid', grant: '$5::uuid', agentOrg: '$2::uuid', agent: '$3::uuid' })} AS granted,
    (SELECT json_agg(json_build_object('id', a.id, 'user_id', a.user_id, 'connector', a.connector, 'status', a.status,
        'label', a.label, 'connection_id', a.current_connection_id, 'named', ${named}) ORDER BY a.id DESC)
      FROM connected_accounts a WHERE ${inUse} AND a.user_id = $4::uuid) AS accounts,
    CASE WHEN $4::uuid IS NULL THEN
      (SELECT json_agg(DISTINCT a.connector) FROM connected_accounts a WHERE ${inUse} AND ${named}) END AS connected`,
}

/**
 * Reads, in one statement, what decides which tools a caller sees.
 * @param toolsetId internal, for the endpoint of a toolset
 * @throws AppError `unauthenticated` where agent or user are there no more; `not_found` for a toolset that is not this agent's
 */
export async function readView(caller: AgentCaller, toolsetId: string | null): Promise<View> {
  const { reach: tenant, agentOrgId, agentId, userId } = caller
  const values = [tenant.orgId, agentOrgId, agentId, userId, caller.grantId ?? null, toolsetId]
  const [row] = await sqlForOrg(tenant, (sql) => sql<Row>(read, values))
  if (!row?.agent || (userId !== null && row.user_id === null)) throw new AppError('unauthenticated')
  if (toolsetId !== null && !row.toolset)
    throw new AppError('not_found', { detail: 'There is no such toolset.' })
  const grant = grantFact.parse(row.granted)
  const accounts = (row.accounts ?? [])
    .map(({ connection_id: connectionId, ...account }) => ({
      ...account,
      publicId: publicId('connected_account', account.id),
      named:
        account.named &&
        (!caller.grantId ||
          isLaterThan(caller.grantId, grant, { id: account.id, connectionId: connectionId ?? '' })),
    }))
    .filter((account) => account.named || coversAccount(grant, account))
  const connected = new Set(row.connected ?? accounts.map(({ connector }) => connector))
  return {
    tenant,
    caller,
    userId: row.user_id,
    agent: row.agent,
    toolset: row.toolset,
    grant,
    accounts,
    connected,
  }
}
