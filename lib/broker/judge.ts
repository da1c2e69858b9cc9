import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { cleared, going, type Stoppable } from '#lib/limits'
import { factsOf, usageFor } from '#lib/policy'
import type { Caller, CallFacts, Cleared, Going, Granted } from '#lib/proof'
import { callerFact } from './caller-fact.ts'
import type { Trail } from './denial.ts'
import { accountOf, type ReadCall } from './facts.ts'

const about = (call: ReadCall, caller: Caller, userId: string): Stoppable => ({
  agentId: caller.kind === 'agent' ? caller.agentId : null,
  userId,
  toolName: call.tool.name,
  connector: call.connector.id,
})

/**
 * An agent that is disabled, or that this org does not know, calls nothing: without what is known of it, policy would
 * take it for the product itself.
 * @throws AppError `forbidden` for such an agent; `account_paused` where a stop holds for the agent, the tool, the
 *   connector or everybody
 */
export function assertGoing(call: ReadCall, caller: Caller): Going {
  if (caller.kind === 'agent' && call.read.agent === null) {
    throw new AppError('forbidden', { detail: 'This agent is disabled.' })
  }
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
    agent:
      caller.kind === 'agent' && read.agent ? { id: publicId('agent', caller.agentId), ...read.agent } : null,
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
