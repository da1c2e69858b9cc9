import type { ToolView } from '#lib/broker'
import { coversCall } from '#lib/scopes'
import type { OwnAccount, View } from '../view.ts'

/** A tool that a caller may be told of, with the accounts that it would run on. */
export type Offered = {
  tool: ToolView
  accounts: readonly OwnAccount[]
  /** Whether it stands in the list; one of a provider that is not connected yet is found and called all the same. */
  listed: boolean
}

/** The scope of a token that a tool takes. */
export const scopeFor = ({ effect }: Pick<ToolView, 'effect'>): 'tools:read' | 'tools:write' =>
  effect === 'read' ? 'tools:read' : 'tools:write'

/** Whether the token lets its bearer run such a tool. A token without scopes of its own is narrowed by nothing. */
export const holdsScopeFor = (
  permissions: readonly string[] | undefined,
  tool: Pick<ToolView, 'effect'>,
): boolean => permissions === undefined || permissions.includes(scopeFor(tool))

/**
 * What a caller is offered of all tools. Left out is what no consent of its user's would let it run: what the token, the
 * agent, the toolset, a policy, a stop or a ceiling keeps from it, and tools that move files, which REST does.
 */
export function offeredTo(view: View, tools: readonly ToolView[]): Offered[] {
  return tools.flatMap((tool) => {
    if (tool.blocked !== null || tool.file !== null) return []
    if (!holdsScopeFor(view.caller.permissions, tool)) return []
    const lists = view.toolset ? [view.agent, view.toolset] : [view.agent]
    const allowed = lists.every(
      ({ connectors, tools: names }) =>
        (connectors === null || connectors.includes(tool.connector)) &&
        (names === null || names.includes(tool.name)),
    )
    if (!allowed) return []
    const own = view.accounts.filter(({ connector }) => connector === tool.connector)
    const accounts = own.filter((account) => account.named || coversCall(view.grant, account, tool))
    // Their owner was asked about these accounts, and did not let the client run this tool on any.
    if (own.length > 0 && accounts.length === 0) return []
    const meant = lists.some(
      ({ connectors, tools: names }) =>
        names?.includes(tool.name) === true || connectors?.includes(tool.connector) === true,
    )
    return [{ tool, accounts, listed: view.connected.has(tool.connector) || meant }]
  })
}
