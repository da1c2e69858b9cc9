import { actorOf, actorsOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { cleared, going, type Stoppable } from '#lib/limits'
import { factsOf, usageFor } from '#lib/policy'
import type { Caller, CallFacts, Cleared, Going, Granted } from '#lib/proof'
import { callerFact } from './caller-fact.ts'
import type { Trail } from './denial.ts'
import { accountOf, type ReadCall } from './facts.ts'
import { agentFact, assertWithinAgents } from './within-agents.ts'

const about = (call: ReadCall, caller: Caller, userId: string): Stoppable => ({
  agentId: caller.kind === 'agent' ? caller.agentId : null,
  userId,
  toolName: call.tool.name,
  connector: call.connector.id,
})

/**
 * What of a call can be refused before it is known which account it means: by who calls, and by what stands still.
 * @throws AppError `forbidden` or `insufficient_scope` for an agent that may not use the tool at all; `account_paused`
 *   where a stop holds for an agent that it goes through, the tool, the connector or everybody
 */
export function assertGoing(call: ReadCall, caller: Caller): Going {
  assertWithinAgents(call, caller)
  if (caller.kind === 'agent')
    for (const { agentId } of caller.via ?? [])
      going(call.tenant, call.read.stops, { ...about(call, caller, ''), agentId })
  return going(call.tenant, call.read.stops, about(call, caller, ''))
}

/** @throws AppError `account_paused` where a stop holds for the user; asked once it is known that the caller may know */
export const assertUserGoing = (call: ReadCall, caller: Caller, granted: Granted): Cleared =>
  cleared(granted, accountOf(call, granted.accountId)?.stops ?? [], about(call, caller, granted.userId))

/** What policy judges of a granted call. */
export async function callFacts(
  call: ReadCall,
  caller: Caller,
  granted: Granted,
  trail: Trail,
): Promise<CallFacts> {
  const { tenant, connector, tool, read } = call
  return factsOf({
    caller: callerFact(caller),
    agent: agentFact(read.agents, caller),
    actors: actorsOf(caller),
    user: {
      id: granted.userExternalId,
      groups: accountOf(call, granted.accountId)?.userGroups ?? [],
    },
    org: { id: tenant.externalId, timezone: read.policies.timezone },
    account: publicId('connected_account', granted.accountId),
    connector,
    tool,
    params: call.params,
    scopes: granted.scopesRequired,
    time: new Date(),
    ip: trail.ip ?? null,
    usage: await usageFor(tenant, read.policies, {
      accountId: granted.accountId,
      toolName: tool.name,
      actorId: actorOf(caller).id,
    }),
  })
}
