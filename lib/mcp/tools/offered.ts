import type { ToolView } from '#lib/broker'
import type { Tool } from '#lib/connector-kit'
import { coversCall, hasChanged } from '#lib/scopes'
import type { Deps } from '../context.ts'
import type { OwnAccount, View } from '../view.ts'

/** A tool as it is whoever asks. Those that move files are not among them: REST does that. */
export type Known = Pick<Tool, 'name' | 'title' | 'description' | 'effect'> & {
  connector: string
  /** Its provider is shown to those alone who have connected it. */
  unlisted: boolean
}

/** A tool that a caller may be told of, as far as its own accounts and lists say. */
export type Candidate = {
  known: Known
  /** Whether it stands in the list; one of a provider that is not connected yet is found and called all the same. */
  listed: boolean
}

/** A tool that a caller is told of, with the accounts that it would run on. */
export type Offered = { tool: ToolView; accounts: readonly OwnAccount[] }

/** What there is for one caller: names at once, and of those that are asked for all that has to be known. */
export type Shelf = {
  view: View
  /** By name. */
  candidates: readonly Candidate[]
  /** Those of them that are offered, in the order of the names. @param names of candidates */
  offered: (names: readonly string[]) => Promise<Offered[]>
  /** The one of this name, where it is offered. */
  named: (name: string) => Promise<Offered | undefined>
}

/** The scope of a token that a tool takes. */
export const scopeFor = ({ effect }: Pick<Tool, 'effect'>): 'tools:read' | 'tools:write' =>
  effect === 'read' ? 'tools:read' : 'tools:write'

/** Whether the token lets its bearer run such a tool. A token without scopes of its own is narrowed by nothing. */
export const holdsScopeFor = (
  permissions: readonly string[] | undefined,
  tool: Pick<Tool, 'effect'>,
): boolean => permissions === undefined || permissions.includes(scopeFor(tool))

// Of thousands of tools, what does not depend on who asks is found out once.
const catalogues = new WeakMap<object, readonly Known[]>()
function catalogueOf(connectors: Deps['connectors']): readonly Known[] {
  const found = catalogues.get(connectors)
  if (found) return found
  const made = Object.values(connectors)
    .flatMap(({ id: connector, unlisted = false, tools }) =>
      Object.values(tools)
        .filter(({ takes, gives }) => !takes && !gives)
        .map(({ name, title, description, effect }) => ({
          name,
          title,
          description,
          effect,
          connector,
          unlisted,
        })),
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  catalogues.set(connectors, made)
  return made
}

/** What is left of all tools by the token, the agent, the toolset and the accounts that are connected. */
function candidatesOf(view: View, tools: readonly Known[]): Candidate[] {
  const lists = view.toolset ? [view.agent, view.toolset] : [view.agent]
  const connectors = lists.flatMap((one) => (one.connectors ? [new Set(one.connectors)] : []))
  const names = lists.flatMap((one) => (one.tools ? [new Set(one.tools)] : []))
  const meant = connectors.length > 0 || names.length > 0
  const { permissions } = view.caller
  const left: Candidate[] = []
  for (const known of tools) {
    const connected = view.connected.has(known.connector)
    if (known.unlisted && !connected) continue
    if (!holdsScopeFor(permissions, known)) continue
    if (!connectors.every((some) => some.has(known.connector))) continue
    if (!names.every((some) => some.has(known.name))) continue
    left.push({ known, listed: connected || meant })
  }
  return left
}

/**
 * Those of a view's tools that are offered. Left out is what no consent of the user's would let the caller run: what a
 * policy, a stop or a ceiling keeps from it, and what the owner of the accounts did not let it run.
 */
function offeredOf(connectors: Deps['connectors'], view: View, tools: readonly ToolView[]): Offered[] {
  const own = Map.groupBy(view.accounts, ({ connector }) => connector)
  return tools.flatMap((tool) => {
    const defined = connectors[tool.connector]?.tools[tool.name]
    if (tool.blocked !== null || !defined) return []
    const all = own.get(tool.connector) ?? []
    const accounts = all.filter((account) => account.named || coversCall(view.grant, account, defined))
    return all.length > 0 && accounts.length === 0 ? [] : [{ tool, accounts }]
  })
}

/**
 * The tool of this name, where a caller is not offered it for the one reason that it is another now than it was when the
 * person agreed to it.
 */
export function changedOf(
  connectors: Deps['connectors'],
  { view, candidates }: Shelf,
  name: string,
): Tool | undefined {
  const known = candidates.find((candidate) => candidate.known.name === name)?.known
  const tool = known && connectors[known.connector]?.tools[name]
  if (!tool) return undefined
  const own = view.accounts.filter(({ connector }) => connector === known.connector)
  if (own.some((account) => account.named || coversCall(view.grant, account, tool))) return undefined
  return own.some((account) => hasChanged(view.grant, account, tool)) ? tool : undefined
}

/** What a caller is offered, as it is now. */
export function shelfOf({ connectors, broker }: Pick<Deps, 'connectors' | 'broker'>, view: View): Shelf {
  const candidates = candidatesOf(view, catalogueOf(connectors))
  const offered = async (names: readonly string[]) => {
    if (names.length === 0) return []
    const { tenant, caller, userId } = view
    const tools = await broker.listTools({ tenant, caller, userId }, { names })
    const byName = new Map(offeredOf(connectors, view, tools).map((one) => [one.tool.name, one]))
    return names.flatMap((name) => byName.get(name) ?? [])
  }
  return {
    view,
    candidates,
    offered,
    named: async (name) => {
      const [found] = candidates.some(({ known }) => known.name === name) ? await offered([name]) : []
      return found
    },
  }
}
