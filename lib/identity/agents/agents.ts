import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, parseId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { AgentRow } from './in-force.ts'
import { assertReachable, jsonList, names, type Reachable, withKept } from './reach.ts'
import type { Agent, AgentInput, AgentPatch } from './schema.ts'

/** A grantee as the consent stores and shows it. */
export type AgentRef = {
  orgId: string
  id: string
  name: string
  owner: string | null
  purpose: string | null
}

async function views(tx: Tx, tenant: Tenant, rows: readonly AgentRow[]): Promise<Agent[]> {
  const members = await membersOf(tx, tenant, rows)
  return rows.map((row) => ({
    id: publicId('agent', row.id),
    org_id: row.org_id === tenant.orgId && !tenant.externalId.startsWith('#') ? tenant.externalId : null,
    name: row.name,
    owner: row.owner,
    owner_member_id: members.get(row.owner?.trim().toLowerCase() ?? '') ?? null,
    purpose: row.purpose,
    team: row.team,
    environment: row.environment,
    kind: row.kind === 'client' ? 'client' : 'registered',
    client_id: row.client_id ?? publicId('agent', row.id),
    connectors: names.parse(row.connectors),
    tools: names.parse(row.tools),
    redirect_uris: row.redirect_uris,
    tool_discovery: row.tool_discovery === 'search' ? 'search' : 'list',
    status: row.disabled_at ? 'disabled' : 'active',
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at?.toISOString() ?? null,
    disabled_at: row.disabled_at?.toISOString() ?? null,
  }))
}

/** Members of the same org, by their address. */
async function membersOf(tx: Tx, tenant: Tenant, rows: readonly AgentRow[]): Promise<Map<string, string>> {
  const owners = [...new Set(rows.flatMap(({ owner }) => (owner?.includes('@') ? owner.trim() : [])))]
  if (owners.length === 0) return new Map()
  const found = await tx.members.findMany({
    where: {
      org_id: tenant.orgId,
      disabled_at: null,
      OR: owners.map((email) => ({ email: { equals: email, mode: 'insensitive' as const } })),
    },
  })
  return new Map(found.map(({ email, id }) => [email.toLowerCase(), publicId('member', id)]))
}

async function view(tx: Tx, tenant: Tenant, row: AgentRow): Promise<Agent> {
  const [shown] = await views(tx, tenant, [row])
  if (!shown) throw new AppError('not_found')
  return shown
}

const columns = (input: AgentPatch) => {
  const { name, owner, purpose, team, environment, connectors, tools, redirect_uris, tool_discovery } = input
  return {
    ...(name !== undefined && { name }),
    ...(owner !== undefined && { owner }),
    ...(purpose !== undefined && { purpose }),
    ...(team !== undefined && { team }),
    ...(environment !== undefined && { environment }),
    ...(connectors !== undefined && { connectors: jsonList(connectors) }),
    ...(tools !== undefined && { tools: jsonList(tools) }),
    ...(redirect_uris !== undefined && { redirect_uris: [...new Set(redirect_uris)] }),
    ...(tool_discovery !== undefined && { tool_discovery }),
  }
}

/**
 * @param reachable which connectors and tools there are; without it the agent is not restricted to any
 * @throws AppError `invalid_request` for a connector or tool that there is not
 */
export async function createAgentIn(
  tx: Tx,
  tenant: Tenant,
  input: Omit<AgentInput, 'org_id'>,
  reachable: Reachable = { connectors: [], tools: [] },
): Promise<Agent> {
  assertReachable(input, reachable)
  const { name } = input
  const row = await tx.agents.create({
    data: { org_id: tenant.orgId, id: newId(), ...columns(input), name },
  })
  return view(tx, tenant, row)
}

export const listAgents = (tenant: Tenant, before: string | null, most: number): Promise<Agent[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, ...(before && { id: { lt: before } }) }
    const rows = await tx.agents.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return views(tx, tenant, rows)
  })

async function rowOf(tx: Tx, tenant: Tenant, id: string): Promise<AgentRow> {
  const row = await tx.agents.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
  if (!row) throw new AppError('not_found')
  return row
}

export const getAgent = (tenant: Tenant, id: string): Promise<Agent> =>
  forOrg(tenant, async (tx) => view(tx, tenant, await rowOf(tx, tenant, id)))

/**
 * Changes what is known of an agent, and what it may reach: from its next call on.
 * @throws AppError `not_found`; `invalid_request`; `conflict` for an address of a client that registered itself
 */
export async function changeAgentIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  input: AgentPatch,
  reachable: Reachable,
): Promise<Agent> {
  const row = await rowOf(tx, tenant, id)
  assertReachable(withKept(input, row), reachable)
  if (row.kind === 'client' && input.redirect_uris !== undefined)
    throw new AppError('conflict', {
      detail: 'This client registered itself: its addresses are with the authorization server.',
      param: 'redirect_uris',
    })
  const data = { ...columns(input), updated_at: new Date() }
  return view(
    tx,
    tenant,
    await tx.agents.update({ where: { org_id_id: { org_id: tenant.orgId, id } }, data }),
  )
}

/**
 * Stops an agent, or lets it go on: it is read from its row on every call, so it holds from the next call on.
 * @returns the agent, and whether that changed anything
 */
export async function setAgentDisabledIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  disabled: boolean,
): Promise<{ agent: Agent; changed: boolean }> {
  const { count } = await tx.agents.updateMany({
    where: { org_id: tenant.orgId, id, disabled_at: disabled ? null : { not: null } },
    data: { disabled_at: disabled ? new Date() : null },
  })
  return { agent: await view(tx, tenant, await rowOf(tx, tenant, id)), changed: count === 1 }
}

/** Stops an agent from the next call on. */
export const disableAgentIn = async (tx: Tx, tenant: Tenant, id: string): Promise<Agent> =>
  (await setAgentDisabledIn(tx, tenant, id, true)).agent

/**
 * The agents that a consent is to name: this org's own, or those of the deployment's that were let in. Naming another of the
 * deployment's lets it in, if whoever names it could do so anyway, and nobody has withdrawn it from this org.
 * @param by who names them; `null` for whoever lets nobody in
 * @throws AppError `invalid_request` for one that is unknown, disabled, or not let in
 */
export async function resolveAgentsIn(
  tx: Tx,
  tenant: Tenant,
  ids: readonly string[],
  by: Caller | null,
): Promise<AgentRef[]> {
  const refs: AgentRef[] = []
  for (const [index, id] of ids.entries()) {
    const refuse = (detail: string, message: string) =>
      new AppError('invalid_request', {
        detail,
        param: 'agents',
        errors: [{ path: `agents.${index}`, message }],
      })
    const row = await activeAgentIn(tx, id)
    if (!row)
      throw refuse(`No active agent ${id} in this organization.`, 'is no active agent of this organization')
    if (!(await isAdmittedIn(tx, tenant, row))) {
      if (!by || !letsIn(by) || (await isWithdrawnIn(tx, tenant, row.id)))
        throw refuse(
          `Agent ${id} has not been let into this organization: PUT /api/v1/agents/${id}/orgs/${tenant.externalId} does.`,
          'has not been let into this organization',
        )
      await admitIn(tx, tenant, row)
    }
    refs.push({ orgId: row.org_id, id: row.id, name: row.name, owner: row.owner, purpose: row.purpose })
  }
  return refs
}

/** Whether a caller has a say in where the deployment's agents work: an unrestricted key that manages, or the operator. */
const letsIn = (caller: Caller): boolean =>
  caller.kind === 'system' ||
  (caller.kind === 'key' &&
    caller.reach === null &&
    (caller.roles.length === 0 || caller.roles.includes('manage')))

const isWithdrawnIn = async (tx: Tx, tenant: Tenant, agentId: string): Promise<boolean> =>
  (await tx.organizations.count({ where: { id: tenant.orgId, withdrawn_agents: { has: agentId } } })) > 0

/** Row-level security shows the org's own agents and the deployment's, so one lookup by id covers both. */
export async function activeAgentIn(tx: Tx, publicAgentId: string): Promise<AgentRow | null> {
  const uuid = parseId('agent', publicAgentId)
  return uuid === null ? null : tx.agents.findFirst({ where: { id: uuid, disabled_at: null } })
}

/** Whether an agent is this org's own, or one of the deployment's that was let in here. */
export async function isAdmittedIn(
  tx: Tx,
  tenant: Tenant,
  agent: { org_id: string; id: string },
): Promise<boolean> {
  if (agent.org_id === tenant.orgId) return true
  const admission = { org_id: tenant.orgId, agent_org_id: agent.org_id, agent_id: agent.id }
  return (await tx.agent_admissions.count({ where: admission })) > 0
}

/** Lets one of the deployment's agents into an org. */
export async function admitIn(tx: Tx, tenant: Tenant, agent: { org_id: string; id: string }): Promise<void> {
  const admission: Prisma.agent_admissionsCreateManyInput = {
    org_id: tenant.orgId,
    agent_org_id: agent.org_id,
    agent_id: agent.id,
  }
  await tx.agent_admissions.createMany({ data: [admission], skipDuplicates: true })
}
