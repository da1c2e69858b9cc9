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
  const lists = view.toolset ? [view.agent, view.toolset] : [view.agent]
  const namedIn = (list: (one: (typeof lists)[number]) => readonly string[] | null) =>
    lists.flatMap((one) => {
      const given = list(one)
      return given ? [new Set(given)] : []
    })
  const connectors = namedIn((one) => one.connectors)
  const names = namedIn((one) => one.tools)
  const own = Map.groupBy(view.accounts, ({ connector }) => connector)
  const { permissions } = view.caller
  const offered: Offered[] = []
  for (const tool of tools) {
    if (tool.blocked !== null || tool.file !== null || !holdsScopeFor(permissions, tool)) continue
    if (!connectors.every((some) => some.has(tool.connector))) continue
    if (!names.every((some) => some.has(tool.name))) continue
    const accounts = accountsFor(tool, own.get(tool.connector) ?? none, view)
    // Their owner was asked about these accounts, and did not let the client run this tool on any.
    if (accounts === null) continue
    const meant = connectors.length > 0 || names.length > 0
    offered.push({ tool, accounts, listed: meant || view.connected.has(tool.connector) })
  }
  return offered
}

const none: readonly OwnAccount[] = []

/** @returns `null` where there are accounts, and the tool may be run on none */
function accountsFor(
  tool: ToolView,
  own: readonly OwnAccount[],
  { grant }: View,
): readonly OwnAccount[] | null {
  if (own.every(({ named }) => named)) return own
  const accounts = own.filter((account) => account.named || coversCall(grant, account, tool))
  return accounts.length > 0 ? accounts : null
}
