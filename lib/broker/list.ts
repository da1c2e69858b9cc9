import { z } from 'zod'
import type { Tool } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import { stoppedToolsIn } from '#lib/limits'
import { forbiddenToolsIn } from '#lib/policy'
import type { Caller, Tenant } from '#lib/proof'
import { type Reach, reachOf, standingOf } from '#lib/scopes'
import type { Deps } from './context.ts'
import type { Execution } from './schema.ts'

const connectorOf = (tool: Tool) => tool.name.slice(0, tool.name.indexOf('.'))

type Schemas = { input: Record<string, unknown>; output: Record<string, unknown> }

// The schemas of a tool never change while the process runs.
const schemas = new WeakMap<Tool, Schemas>()
function schemasOf(tool: Tool): Schemas {
  const found = schemas.get(tool)
  if (found) return found
  const made = {
    input: z.toJSONSchema(tool.input, { io: 'input' }),
    output: z.toJSONSchema(tool.output, { io: 'output' }),
  }
  schemas.set(tool, made)
  return made
}

/** Which way a tool moves a file, and what it may be; `null` for one that moves none. */
function fileView({ takes, gives }: Tool) {
  const rule = takes ?? gives
  if (!rule) return null
  const direction = takes ? ('in' as const) : ('out' as const)
  return { direction, bytes_max: rule.bytesMax, media_types: rule.mediaTypes ? [...rule.mediaTypes] : null }
}

export type ToolFilter = {
  connector?: string | undefined
  q?: string | undefined
  names?: readonly string[] | undefined
}

/**
 * A tool as the API describes it. `missing` names the scopes that the asked user has not granted, `wanted` those to ask
 * for, `blocked` what stands in the way that no consent would change; the last two are for `/tools/requirements`.
 */
export type ToolView = ReturnType<typeof view>

/** Why a tool cannot be run that no consent of the user's would change. */
export type Blocked = Reach['blocked'] | 'policy' | 'stopped'

function view(tool: Tool, { available, missing, wanted }: Omit<Reach, 'blocked'>, blocked: Blocked) {
  const { input, output } = schemasOf(tool)
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    connector: connectorOf(tool),
    input_schema: input,
    output_schema: output,
    scopes: tool.scopes.map((all) => [...all]),
    effect: tool.effect,
    idempotent: tool.idempotent,
    file: fileView(tool),
    available,
    missing: [...missing],
    wanted,
    blocked,
  }
}

const nobody: Reach = { available: false, missing: [], wanted: [], blocked: null }

/** The tools that there are; with a user, also whether that user's consents let this caller run them. */
export async function listTools(
  deps: Deps,
  asked: { tenant: Tenant; caller: Caller; userId: string } | null,
  filter: ToolFilter,
): Promise<ToolView[]> {
  const standing = asked && (await standingOf(asked.tenant, asked.caller, asked.userId))
  const all = Object.values(deps.tools)
  const forbidden = asked
    ? await forOrg(asked.tenant, (tx) => forbiddenToolsIn(tx, asked.tenant, all))
    : new Set<string>()
  const stopped = asked
    ? await forOrg(asked.tenant, (tx) => {
        const agentId = asked.caller.kind === 'agent' ? asked.caller.agentId : null
        const names = all.map(({ name }) => name)
        return stoppedToolsIn(tx, asked.tenant, { agentId, userExternalId: asked.userId }, names)
      })
    : new Set<string>()
  const connected = new Set(standing?.accounts.map(({ connector }) => connector))
  const words = filter.q?.toLowerCase().split(/\s+/).filter(Boolean) ?? []
  return all
    .filter((tool) =>
      filter.connector === undefined
        ? !deps.connectors[connectorOf(tool)]?.unlisted || connected.has(connectorOf(tool)) || filter.names
        : connectorOf(tool) === filter.connector,
    )
    .filter((tool) => filter.names === undefined || filter.names.includes(tool.name))
    .filter((tool) => {
      const text = `${tool.name} ${tool.title} ${tool.description}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .map((tool) => {
      const connector = deps.connectors[connectorOf(tool)]
      if (!standing || !connector) return view(tool, nobody, null)
      if (forbidden.has(tool.name)) return view(tool, nobody, 'policy')
      if (stopped.has(tool.name)) return view(tool, nobody, 'stopped')
      const reach = reachOf(standing, connector, tool)
      return view(tool, reach, reach.blocked)
    })
}

type Row = NonNullable<Awaited<ReturnType<Tx['executions']['findFirst']>>>

const executionView = (tenant: Tenant, row: Row, userExternalId: string): Execution => ({
  id: publicId('execution', row.id),
  org_id: tenant.externalId,
  user_id: userExternalId,
  connected_account_id: publicId('connected_account', row.account_id),
  connection_id: publicId('connection', row.connection_id),
  tool_name: row.tool_name,
  effect: row.effect as Execution['effect'],
  actor: { type: row.actor_type, id: row.actor_id },
  status: row.status as Execution['status'],
  error_code: row.error_code,
  duration_ms: row.duration_ms,
  context: row.context as Execution['context'],
  // Until the call is over only its direction is known.
  file:
    row.finished_at && row.file && Object.hasOwn(row.file as object, 'complete')
      ? (row.file as Execution['file'])
      : null,
  trace_id: row.trace_id,
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})

export type ExecutionFilter = {
  user_id?: string | undefined
  account_id?: string | undefined
  tool_name?: string | undefined
  status?: string | undefined
}

async function withUsers(tx: Tx, tenant: Tenant, rows: Row[]): Promise<Execution[]> {
  const ids = [...new Set(rows.map((row) => row.user_id))]
  const users = await tx.end_users.findMany({ where: { org_id: tenant.orgId, id: { in: ids } } })
  const names = new Map(users.map((user) => [user.id, user.external_id]))
  return rows.map((row) => executionView(tenant, row, names.get(row.user_id) ?? ''))
}

/** A page of an org's executions, newest first; `before` is the internal id of the last one seen. */
export const listExecutions = (
  tenant: Tenant,
  filter: ExecutionFilter,
  before: string | null,
  most: number,
): Promise<Execution[]> =>
  forOrg(tenant, async (tx) => {
    const { user_id, account_id, tool_name, status } = filter
    const user =
      user_id === undefined
        ? undefined
        : await tx.end_users.findFirst({
            where: { org_id: tenant.orgId, external_id: user_id, deleted_at: null },
          })
    if (user === null) return []
    const rows = await tx.executions.findMany({
      where: {
        org_id: tenant.orgId,
        ...(user && { user_id: user.id }),
        ...(account_id !== undefined && { account_id }),
        ...(tool_name !== undefined && { tool_name }),
        ...(status !== undefined && { status }),
        ...(before !== null && { id: { lt: before } }),
      },
      orderBy: { id: 'desc' },
      take: most,
    })
    return withUsers(tx, tenant, rows)
  })

/** @throws AppError `not_found` */
export const getExecution = (tenant: Tenant, id: string): Promise<Execution> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.executions.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
    const [execution] = row ? await withUsers(tx, tenant, [row]) : []
    if (!execution) throw new AppError('not_found')
    return execution
  })
