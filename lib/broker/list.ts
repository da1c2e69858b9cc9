import { noteChangedTools } from '#lib/connect'
import { schemasOf, type Tool } from '#lib/connector-kit'
import type { Caller, Tenant } from '#lib/proof'
import { type Reach, reachOf, standingOf } from '#lib/scopes'
import type { Deps } from './context.ts'
import { type Refused, refusedTools } from './outlook.ts'

const connectorOf = (tool: Tool) => tool.name.slice(0, tool.name.indexOf('.'))

/** Which way a tool moves a file, and what it may be; `null` for one that moves none. */
function fileView({ takes, gives }: Tool) {
  const rule = takes ?? gives
  if (!rule) return null
  const direction = takes ? ('in' as const) : ('out' as const)
  return { direction, bytes_max: rule.bytesMax, media_types: rule.mediaTypes ? [...rule.mediaTypes] : null }
}

/** What is the same of a tool whoever asks. */
function describe(tool: Tool) {
  const { input: input_schema, output: output_schema } = schemasOf(tool)
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    connector: connectorOf(tool),
    input_schema,
    output_schema,
    scopes: tool.scopes.map((all) => [...all]),
    effect: tool.effect,
    idempotent: tool.idempotent,
    file: fileView(tool),
  }
}

// It never changes while the process runs, and a list of thousands has to be quick.
const definitions = new WeakMap<Tool, ReturnType<typeof describe>>()
function definitionOf(tool: Tool) {
  const found = definitions.get(tool)
  if (found) return found
  const made = describe(tool)
  definitions.set(tool, made)
  return made
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

// Of thousands of tools most are had as they are, by everybody who asks.
const available = new WeakMap<readonly string[], WeakMap<Tool, ToolView>>()

/** A tool that can be run, as it was told the last time. */
function viewOfAvailable(tool: Tool, reach: Reach): ToolView {
  const known = available.get(reach.wanted) ?? new WeakMap<Tool, ToolView>()
  available.set(reach.wanted, known)
  const found = known.get(tool)
  if (found) return found
  const made = view(tool, reach, null)
  known.set(tool, made)
  return made
}

function view(tool: Tool, { available, missing, wanted }: Omit<Reach, 'blocked'>, blocked: Blocked) {
  return {
    ...definitionOf(tool),
    available,
    missing: [...missing],
    wanted,
    blocked,
  }
}

const nobody: Reach = { available: false, missing: [], wanted: [], blocked: null }

/** All tools, or those of these names: of thousands, not all are looked at for one. */
const namedIn = ({ tools }: Deps, names: readonly string[] | undefined): Tool[] =>
  names === undefined
    ? Object.values(tools)
    : [...new Set(names)].flatMap((name) => (Object.hasOwn(tools, name) ? (tools[name] ?? []) : []))

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
  const tools = namedIn(deps, filter.names)
    .filter((tool) =>
      filter.connector === undefined
        ? !deps.connectors[connectorOf(tool)]?.unlisted || connected.has(connectorOf(tool)) || filter.names
        : connectorOf(tool) === filter.connector,
    )
    .filter((tool) => {
      if (words.length === 0) return true
      const text = `${tool.name} ${tool.title} ${tool.description}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
  if (!asked) return tools.map((tool) => view(tool, nobody, null))
  const refused = await refusedTools(deps, asked, standing, tools)
  // What an agent may not use at all is not there for it.
  const there = tools.filter((tool) => filter.names || refused.get(tool.name) !== 'agent')
  const changed: Tool[] = []
  const views = there.map((tool) => {
    const why = refused.get(tool.name)
    const connector = deps.connectors[connectorOf(tool)]
    if (why !== undefined || !standing || !connector) return view(tool, nobody, why ?? null)
    const reach = reachOf(standing, connector, tool)
    if (reach.blocked === 'changed') changed.push(tool)
    return reach.available ? viewOfAvailable(tool, reach) : view(tool, reach, reach.blocked)
  })
  if (changed.length > 0 && asked.caller.kind === 'agent' && asked.caller.grantId)
    await noteChangedTools(asked.tenant, asked.caller.grantId, changed)
  return views
}
