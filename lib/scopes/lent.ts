import { forOrg, type Tx } from '#lib/db'
import type { Caller, Tenant } from '#lib/proof'
import { type AgentGrant, grantFact } from './agent-grants.ts'

type Agent = Caller & { kind: 'agent' }

const through = (caller: Agent) => [caller, ...(caller.via ?? [])]

/** The consent on our own page that a token names, where it is in force; it was given to one of those it went through. */
export async function grantOfIn(tx: Tx, { orgId }: Tenant, caller: Caller): Promise<AgentGrant | null> {
  if (caller.kind !== 'agent' || !caller.grantId) return null
  const [row] = await tx.$queryRawUnsafe<{ found: unknown }[]>(
    readGrant,
    orgId,
    caller.grantId,
    through(caller).map(({ agentOrgId }) => agentOrgId),
    through(caller).map(({ agentId }) => agentId),
  )
  return grantFact.parse(row?.found)
}

const readGrant = `SELECT ${grantFact.select({
  org: '$1::uuid',
  grant: '$2::uuid',
  agentOrg: 'ANY($3::uuid[])',
  agent: 'ANY($4::uuid[])',
})} AS found`

type LentFilter = {
  id?: string | undefined
  user_id?: string | undefined
  connector?: string | undefined
  status?: string | undefined
}

/**
 * The accounts that were lent to an agent, newest first: as `isGrantee` says of each. Internal ids.
 * @param before of the last one seen
 */
export const lentAccounts = (
  tenant: Tenant,
  caller: Agent,
  { id, user_id: user, connector, status }: LentFilter,
  before: string | null,
  most: number,
): Promise<string[]> =>
  forOrg(tenant, async (tx) => {
    const grant = await grantOfIn(tx, tenant, caller)
    const own = grant?.userId === caller.userId ? grant : null
    const [granted, ended] = [own?.accountIds ?? [], own?.endedAccountIds ?? []]
    const asked = caller.grantId ?? null
    const rows = await tx.$queryRaw<{ id: string }[]>`
      SELECT a.id FROM connected_accounts a
        JOIN end_users u ON u.org_id = a.org_id AND u.id = a.user_id AND u.deleted_at IS NULL
        JOIN connections c ON c.org_id = a.org_id AND c.id = a.current_connection_id
      WHERE a.org_id = ${tenant.orgId}::uuid AND a.deleted_at IS NULL
        AND (${caller.userId}::uuid IS NULL OR a.user_id = ${caller.userId}::uuid)
        AND (${before}::uuid IS NULL OR a.id < ${before}::uuid) AND (${id ?? null}::uuid IS NULL OR a.id = ${id ?? null}::uuid)
        AND (${user ?? null}::text IS NULL OR u.external_id = ${user ?? null})
        AND (${connector ?? null}::text IS NULL OR a.connector = ${connector ?? null})
        AND (${status ?? null}::text IS NULL OR a.status = ${status ?? null})
        AND (a.id = ANY(${[...granted]}::uuid[]) OR EXISTS (SELECT FROM connection_grantees g
          WHERE g.org_id = c.org_id AND g.connection_id = c.id AND g.agent_org_id = ${caller.agentOrgId}::uuid
            AND g.agent_id = ${caller.agentId}::uuid AND (${asked}::uuid IS NULL OR a.id > ${asked}::uuid
              OR (c.id > ${asked}::uuid AND a.id = ANY(${[...ended]}::uuid[])))))
      ORDER BY a.id DESC LIMIT ${most}`
    return rows.map((row) => row.id)
  })
