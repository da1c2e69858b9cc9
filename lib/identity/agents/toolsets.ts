import { z } from 'zod'
import { config } from '#lib/config'
import { forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, parseId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { activeAgentIn, isAdmittedIn } from './agents.ts'
import { assertReachable, jsonList, names, type Reachable, withKept } from './reach.ts'
import type { Toolset, ToolsetInput, ToolsetPatch } from './schema.ts'

type Row = Awaited<ReturnType<Tx['agent_toolsets']['findFirstOrThrow']>>

type ToolsetBounds = NonNullable<(Caller & { kind: 'agent' })['toolset']>

const actor = z.object({ type: z.string(), id: z.string() })

export const toolsetUrl = (id: string): string => `${config().publicUrl}/mcp/toolsets/${id}`

function view(tenant: Tenant, row: Row): Toolset {
  const id = publicId('agent_toolset', row.id)
  return {
    id,
    org_id: tenant.externalId,
    name: row.name,
    description: row.description,
    agent_id: row.agent_id && publicId('agent', row.agent_id),
    connectors: names.parse(row.connectors),
    tools: names.parse(row.tools),
    tool_discovery: row.tool_discovery === 'search' ? 'search' : 'list',
    url: toolsetUrl(id),
    created_by: actor.parse(row.created_by),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

/**
 * What there is now in the toolset that a resource of ours stands for.
 * @param agentId internal, of the agent that calls through it
 * @returns `undefined` for a resource that is no toolset; `null` where the toolset is gone, or is another agent's
 */
export async function toolsetBehind(
  tenant: Tenant,
  resource: string,
  agentId: string,
): Promise<ToolsetBounds | null | undefined> {
  const [, name = ''] = /\/mcp\/toolsets\/([^/]+)$/.exec(resource) ?? []
  if (name === '') return undefined
  const id = parseId('agent_toolset', name)
  const row =
    id &&
    (await forOrg(tenant, (tx) =>
      tx.agent_toolsets.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } }),
    ))
  if (!row || (row.agent_id !== null && row.agent_id !== agentId)) return null
  return { connectors: names.parse(row.connectors), tools: names.parse(row.tools) }
}

/** The agent that a toolset is for: this org's own, or one of the deployment's that was let in. */
async function agentColumns(tx: Tx, tenant: Tenant, agentId: string | null | undefined) {
  if (agentId === undefined) return {}
  if (agentId === null) return { agent_org_id: null, agent_id: null }
  const row = await activeAgentIn(tx, agentId)
  if (!row || !(await isAdmittedIn(tx, tenant, row)))
    throw new AppError('invalid_request', {
      detail: `No active agent ${agentId} in this organization.`,
      param: 'agent_id',
      errors: [{ path: 'agent_id', message: 'is no active agent of this organization' }],
    })
  return { agent_org_id: row.org_id, agent_id: row.id }
}

function named<T>(error: unknown): T {
  if (!isUniqueViolation(error)) throw error
  throw new AppError('conflict', { detail: 'There is a toolset of this name.', param: 'name' })
}

/** @throws AppError `invalid_request` for an agent, a connector or a tool that there is not; `conflict` for a name twice */
export async function createToolsetIn(
  tx: Tx,
  tenant: Tenant,
  input: Omit<ToolsetInput, 'org_id'>,
  reachable: Reachable,
  createdBy: { type: string; id: string },
): Promise<Toolset> {
  assertReachable(input, reachable)
  const { name, description = null, connectors = null, tools = null, tool_discovery } = input
  const data = {
    org_id: tenant.orgId,
    id: newId(),
    ...(await agentColumns(tx, tenant, input.agent_id)),
    ...{ name, description, tool_discovery },
    connectors: jsonList(connectors),
    tools: jsonList(tools),
    created_by: createdBy,
  }
  return view(tenant, await tx.agent_toolsets.create({ data }).catch((error: unknown) => named<Row>(error)))
}

/** @param agentId only those that this agent may use: its own, and those for every agent */
export const listToolsets = (
  tenant: Tenant,
  before: string | null,
  most: number,
  agentId: string | null = null,
): Promise<Toolset[]> =>
  forOrg(tenant, async (tx) => {
    const where = {
      org_id: tenant.orgId,
      ...(before && { id: { lt: before } }),
      ...(agentId && { OR: [{ agent_id: agentId }, { agent_id: null }] }),
    }
    const rows = await tx.agent_toolsets.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => view(tenant, row))
  })

async function rowOf(tx: Tx, tenant: Tenant, id: string): Promise<Row> {
  const row = await tx.agent_toolsets.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
  if (!row) throw new AppError('not_found')
  return row
}

export const getToolset = (tenant: Tenant, id: string): Promise<Toolset> =>
  forOrg(tenant, async (tx) => view(tenant, await rowOf(tx, tenant, id)))

/** Changes what a toolset offers, from the next list or call on. @throws AppError as `createToolsetIn` */
export async function changeToolsetIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  input: ToolsetPatch,
  reachable: Reachable,
): Promise<Toolset> {
  const row = await rowOf(tx, tenant, id)
  const { name, description, connectors, tools, tool_discovery } = input
  assertReachable(withKept(input, row), reachable)
  const data = {
    ...(await agentColumns(tx, tenant, input.agent_id)),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(tool_discovery !== undefined && { tool_discovery }),
    ...(connectors !== undefined && { connectors: jsonList(connectors) }),
    ...(tools !== undefined && { tools: jsonList(tools) }),
    updated_at: new Date(),
  }
  const changed = await tx.agent_toolsets
    .update({ where: { org_id_id: { org_id: tenant.orgId, id } }, data })
    .catch((error: unknown) => named<Row>(error))
  return view(tenant, changed)
}

/** Its endpoint answers as if it had never been. @throws AppError `not_found` */
export async function deleteToolsetIn(tx: Tx, tenant: Tenant, id: string): Promise<void> {
  const { count } = await tx.agent_toolsets.deleteMany({ where: { org_id: tenant.orgId, id } })
  if (count !== 1) throw new AppError('not_found')
}
