import type { z } from 'zod'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { agent, agentInput } from '../schema.ts'

type Row = Awaited<ReturnType<Tx['agents']['findFirstOrThrow']>>
export type Agent = z.infer<typeof agent>

/** A grantee as the consent stores and shows it. */
export type AgentRef = {
  orgId: string
  id: string
  name: string
  owner: string | null
  purpose: string | null
}

const view = (tenant: Tenant, row: Row): Agent => ({
  id: publicId('agent', row.id),
  org_id: row.org_id === tenant.orgId && !tenant.externalId.startsWith('#') ? tenant.externalId : null,
  name: row.name,
  owner: row.owner,
  purpose: row.purpose,
  team: row.team,
  environment: row.environment,
  status: row.disabled_at ? 'disabled' : 'active',
  created_at: row.created_at.toISOString(),
})

export async function createAgentIn(
  tx: Tx,
  tenant: Tenant,
  input: Omit<z.infer<typeof agentInput>, 'org_id'>,
): Promise<Agent> {
  const { name, owner, purpose, team, environment } = input
  const facts = { owner, purpose, team, environment }
  const row = await tx.agents.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      name,
      ...Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, value ?? null])),
    },
  })
  return view(tenant, row)
}

export const listAgents = (tenant: Tenant, before: string | null, most: number): Promise<Agent[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, ...(before && { id: { lt: before } }) }
    const rows = await tx.agents.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => view(tenant, row))
  })

export const getAgent = (tenant: Tenant, id: string): Promise<Agent> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.agents.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
    if (!row) throw new AppError('not_found')
    return view(tenant, row)
  })

/** Stops an agent: it is read from its row on every call, so the next call is refused. */
export async function disableAgentIn(tx: Tx, tenant: Tenant, id: string): Promise<Agent> {
  const at = { org_id_id: { org_id: tenant.orgId, id } }
  const row = await tx.agents.findUnique({ where: at })
  if (!row) throw new AppError('not_found')
  return view(
    tenant,
    row.disabled_at ? row : await tx.agents.update({ where: at, data: { disabled_at: new Date() } }),
  )
}

/**
 * The agents that a consent is to name: this org's own, or the deployment's.
 * @throws AppError `invalid_request` for one that is unknown or disabled
 */
export async function resolveAgentsIn(tx: Tx, tenant: Tenant, ids: readonly string[]): Promise<AgentRef[]> {
  const refs: AgentRef[] = []
  for (const [index, id] of ids.entries()) {
    const uuid = parseId('agent', id)
    // Row-level security shows the org's own agents and the deployment's, so one lookup by id covers both.
    const row = uuid && (await tx.agents.findFirst({ where: { id: uuid, disabled_at: null } }))
    if (!row) {
      throw new AppError('invalid_request', {
        detail: `No active agent ${id} in this organization.`,
        param: 'agents',
        errors: [{ path: `agents.${index}`, message: 'is no active agent of this organization' }],
      })
    }
    if (row.org_id !== tenant.orgId) {
      // Naming one of the deployment's agents for an org is what lets it into that org.
      const admission = { org_id: tenant.orgId, agent_org_id: row.org_id, agent_id: row.id }
      await tx.agent_admissions.createMany({ data: [admission], skipDuplicates: true })
    }
    refs.push({ orgId: row.org_id, id: row.id, name: row.name, owner: row.owner, purpose: row.purpose })
  }
  return refs
}
