import { z } from 'zod'
import type { Tool } from '#lib/connector-kit'
import type { Caller, Tenant } from '#lib/proof'
import { type Reach, reachOf, standingOf } from '#lib/scopes'
import type { Deps } from './context.ts'
import { type Refused, refusedTools } from './outlook.ts'

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
type Blocked = Reach['blocked'] | Refused

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

/** For whom tools are listed; without a user, what holds in the organization whoever the user is. */
export type Asked = { tenant: Tenant; caller: Caller; userId: string | null }

/**
 * The tools that there are; with a user, also whether that user's consents let this caller run them. What is refused
 * whatever a call says, by policy, by a stop or by a ceiling, is `blocked`; what people would be asked about is not.
 */
export async function listTools(deps: Deps, asked: Asked | null, filter: ToolFilter): Promise<ToolView[]> {
  const standing =
    asked && asked.userId !== null ? await standingOf(asked.tenant, asked.caller, asked.userId) : null
  const connected = new Set(standing?.accounts.map(({ connector }) => connector))
  const words = filter.q?.toLowerCase().split(/\s+/).filter(Boolean) ?? []
  const tools = Object.values(deps.tools)
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
  if (!asked) return tools.map((tool) => view(tool, nobody, null))
  const refused = await refusedTools(deps, asked, standing, tools)
  // What an agent may not use at all is not there for it.
  const there = tools.filter((tool) => filter.names || refused.get(tool.name) !== 'agent')
  return there.map((tool) => {
    const why = refused.get(tool.name)
    const connector = deps.connectors[connectorOf(tool)]
    if (why !== undefined || !standing || !connector) return view(tool, nobody, why ?? null)
    const reach = reachOf(standing, connector, tool)
    return view(tool, reach, reach.blocked)
  })
}
