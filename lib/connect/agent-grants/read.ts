import type { Connector } from '#lib/connector-kit'
import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { pinsByAccount } from '#lib/scopes'
import type { Deps } from '../context.ts'
import { type AgentGrantView, grantEvidence, type LetIn } from './schema.ts'

type Row = Awaited<ReturnType<Tx['agent_grants']['findFirstOrThrow']>>

const accountsOf = (row: Row): string[] => row.account_ids.filter((id) => !row.ended_account_ids.includes(id))

const toolsOf = (row: Row, account: string) => pinsByAccount(row.tools)[account] ?? {}

const statusOf = (row: Row): AgentGrantView['status'] =>
  row.revoked_at ? 'revoked' : row.expires_at && row.expires_at <= new Date() ? 'expired' : 'active'

function view(tenant: Tenant, row: Row, userExternalId: string): AgentGrantView {
  const evidence = grantEvidence.parse(row.evidence)
  return {
    id: publicId('agent_grant', row.id),
    org_id: tenant.externalId,
    user_id: userExternalId,
    agent_id: publicId('agent', row.agent_id),
    client_id: row.client_id,
    status: statusOf(row),
    resource: row.resource,
    scopes: row.scopes,
    connected_accounts: accountsOf(row).map((id) => ({
      id: publicId('connected_account', id),
      tools: Object.keys(toolsOf(row, id)),
    })),
    changed_tools: Object.keys(row.changed_tools as Record<string, string>).sort(),
    consent_text: evidence.text,
    locale: evidence.locale,
    client: evidence.client,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    revoked_by: row.revoked_by as AgentGrantView['revoked_by'],
  }
}

async function viewsIn(tx: Tx, tenant: Tenant, rows: readonly Row[]): Promise<AgentGrantView[]> {
  const users = await tx.end_users.findMany({
    where: { org_id: tenant.orgId, id: { in: [...new Set(rows.map(({ user_id }) => user_id))] } },
    select: { id: true, external_id: true },
  })
  const names = new Map(users.map(({ id, external_id }) => [id, external_id]))
  return rows.map((row) => view(tenant, row, names.get(row.user_id) ?? ''))
}

type GrantFilter = { user_id?: string | undefined; agent_id?: string | undefined }

/** A page of the consents of an org's people to clients, newest first. @param before internal id of the last one seen */
export const listAgentGrants = (
  tenant: Tenant,
  { user_id, agent_id }: GrantFilter,
  before: string | null,
  most: number,
): Promise<AgentGrantView[]> =>
  forOrg(tenant, async (tx) => {
    const where: Prisma.agent_grantsWhereInput = { org_id: tenant.orgId }
    if (before !== null) where.id = { lt: before }
    if (agent_id !== undefined) where.agent_id = parseId('agent', agent_id) ?? ''
    if (user_id !== undefined) {
      const user = await tx.end_users.findFirst({
        where: { org_id: tenant.orgId, external_id: user_id, deleted_at: null },
        select: { id: true },
      })
      if (!user) return []
      where.user_id = user.id
    }
    const rows = await tx.agent_grants.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return viewsIn(tx, tenant, rows)
  })

export async function agentGrantIn(tx: Tx, tenant: Tenant, id: string): Promise<AgentGrantView> {
  const row = await tx.agent_grants.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
  const [found] = row ? await viewsIn(tx, tenant, [row]) : []
  if (!found) throw new AppError('not_found')
  return found
}

/** @throws AppError `not_found` */
export const getAgentGrant = (tenant: Tenant, id: string): Promise<AgentGrantView> =>
  forOrg(tenant, (tx) => agentGrantIn(tx, tenant, id))

/** The clients that a person has let in and not taken back, newest first. */
export async function letInBy(
  { connectors }: Deps,
  tx: Tx,
  tenant: Tenant,
  userId: string,
): Promise<LetIn[]> {
  const rows = await tx.agent_grants.findMany({
    where: {
      org_id: tenant.orgId,
      user_id: userId,
      revoked_at: null,
      OR: [{ expires_at: null }, { expires_at: { gt: new Date() } }],
    },
    orderBy: { id: 'desc' },
    take: 50,
  })
  if (rows.length === 0) return []
  const agentIds = rows.map(({ agent_id }) => agent_id)
  const agents = await tx.agents.findMany({ where: { id: { in: agentIds } } })
  const accounts = await tx.connected_accounts.findMany({
    where: { org_id: tenant.orgId, user_id: userId, deleted_at: null },
    select: { id: true, connector: true, label: true },
  })
  const used = await tx.executions.groupBy({
    by: ['agent_id'],
    where: {
      org_id: tenant.orgId,
      account_id: { in: rows.flatMap(accountsOf) },
      agent_id: { in: agentIds },
    },
    _max: { created_at: true },
  })
  return rows.map((row) => {
    const agent = agents.find(({ id }) => id === row.agent_id)
    const last = used.find(({ agent_id }) => agent_id === row.agent_id)?._max.created_at ?? null
    return {
      id: publicId('agent_grant', row.id),
      name: agent?.name ?? row.client_id,
      ownWord: agent?.kind === 'client',
      accounts: accountsOf(row).flatMap((id) => {
        const account = accounts.find((one) => one.id === id)
        if (!account) return []
        const readOnly = Object.values(toolsOf(row, id)).every(({ effect }) => effect === 'read')
        return [{ connector: named(connectors, account.connector), label: account.label, readOnly }]
      }),
      since: row.created_at.toISOString(),
      until: row.expires_at?.toISOString() ?? null,
      // What was used under a consent before this one is not this one's.
      lastUsedAt: last !== null && last > row.created_at ? last.toISOString() : null,
    }
  })
}

const named = (connectors: Readonly<Record<string, Connector>>, id: string) => ({
  id,
  name: connectors[id]?.name ?? id,
})
