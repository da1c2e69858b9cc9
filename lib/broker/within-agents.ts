import { config } from '#lib/config'
import type { Tool } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { insufficientScope } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Caller, CallFacts } from '#lib/proof'
import type { AgentRead, ReadCall } from './facts.ts'

// An agent borrows what it may do, and has bounds of its own: of its token, and of what an admin lets it use at all. Where
// one passed a call on to another, the call is within the bounds of each of them.

type Bounds = Pick<AgentRead, 'connectors' | 'tools'>
type Known = Pick<Tool, 'name' | 'effect'>

const connectorOf = (toolName: string) => toolName.slice(0, toolName.indexOf('.'))

/** Whether an admin lets every one of these agents use the tool. */
export const allUse = (agents: readonly Bounds[], { name }: Known): boolean =>
  agents.every(
    ({ connectors, tools }) =>
      (connectors === null || connectors.includes(connectorOf(name))) &&
      (tools === null || tools.includes(name)),
  )

/** The scope of a token with which a tool may be run. */
export const scopeFor = ({ effect }: Known): 'tools:read' | 'tools:write' =>
  effect === 'read' ? 'tools:read' : 'tools:write'

/** Whether the scopes of a caller's token let it run the tool; one without a token is bound by none. */
export const tokenAllows = (caller: Caller, tool: Known): boolean =>
  caller.kind !== 'agent' || (caller.permissions?.includes(scopeFor(tool)) ?? true)

/**
 * An agent that is disabled, or that this org does not know, calls nothing: without what is known of it, policy would
 * take it for the product itself.
 * @throws AppError `forbidden` for such an agent, and for a tool that one of them may not use at all, or that is not in
 *   the toolset that it calls through;
 *   `insufficient_scope` with its challenge where the token lacks the tool's scope
 */
export function assertWithinAgents({ read, tool }: ReadCall, caller: Caller): void {
  if (caller.kind !== 'agent') return
  const through = 1 + (caller.via?.length ?? 0)
  if (read.agents.length < through) throw new AppError('forbidden', { detail: 'This agent is disabled.' })
  if (!allUse(read.agents, tool))
    throw new AppError('forbidden', { detail: `This agent may not use ${tool.name}.` })
  if (caller.toolset && !allUse([caller.toolset], tool))
    throw new AppError('forbidden', {
      detail: `${tool.name} is not in the toolset that it was called through.`,
    })
  if (!tokenAllows(caller, tool))
    throw insufficientScope(caller.resource ?? `${config().publicUrl}/api/v1`, scopeFor(tool))
}

/** What policy is told of the agent that calls. */
export function agentFact(agents: readonly AgentRead[], caller: Caller): CallFacts['agent'] {
  const found = caller.kind === 'agent' && agents.find(({ uuid }) => uuid === caller.agentId)
  if (!found) return null
  const { name, owner, purpose, team, environment } = found
  return { id: publicId('agent', found.uuid), name, owner, purpose, team, environment }
}
