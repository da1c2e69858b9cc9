import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { assertNotStopped, type Stoppable } from '#lib/limits'
import { factsOf, usageFor } from '#lib/policy'
import type { Caller, CallFacts, Granted } from '#lib/proof'
import type { Trail } from './denial.ts'
import { accountOf, type ReadCall } from './facts.ts'

const about = (call: ReadCall, caller: Caller, userId: string): Stoppable => ({
  agentId: caller.kind === 'agent' ? caller.agentId : null,
  userId,
  toolName: call.tool.name,
  connector: call.connector.id,
})

/** @throws AppError `account_paused` where a stop holds for the agent, the tool, the connector or everybody */
export const assertGoing = (call: ReadCall, caller: Caller): void =>
  assertNotStopped(call.read.stops, about(call, caller, ''))

/** @throws AppError `account_paused` where a stop holds for the user; asked once it is known that the caller may know */
export const assertUserGoing = (call: ReadCall, caller: Caller, granted: Granted): void =>
  assertNotStopped(accountOf(call, granted.accountId)?.stops ?? [], about(call, caller, granted.userId))

/** What policy judges of a granted call. */
export async function callFacts(
  call: ReadCall,
  caller: Caller,
  granted: Granted,
  trail: Trail,
): Promise<CallFacts> {
  const { tenant, connector, tool, read } = call
  const actor = actorOf(caller)
  return factsOf({
    caller: actor,
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
      actorId: actor.id,
    }),
  })
}
