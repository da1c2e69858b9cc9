import type { Origin } from '#lib/audit'
import { AppError } from '#lib/errors'
import { annotateTrace } from '#lib/log'
import { decide, isAsked, loadPolicies } from '#lib/policy'
import type { Caller } from '#lib/proof'
import { grant, readAccounts } from '#lib/scopes'
import type { Deps, Executed } from './context.ts'
import { auditDenial } from './denial.ts'
import { recordIntent } from './intent.ts'
import { type Call, resolve } from './resolve.ts'
import type { ExecuteInput } from './schema.ts'
import { settle } from './settle.ts'
import { callTool } from './upstream/index.ts'

/**
 * Every call of a tool, whoever makes it and however it came: Auth → Tenant Resolution → Scope Enforcement → Policy →
 * Intent recorded → Tool Execution → Audit closed. Each stage takes the proof that the stage above minted, so that a
 * skipped or reordered stage does not compile.
 * @param caller the authenticated caller
 * @throws AppError of the stage that refused; nothing has left for the provider unless its code begins with `upstream_`
 */
export async function execute(
  deps: Deps,
  caller: Caller,
  input: ExecuteInput,
  origin: Origin,
  signal: AbortSignal,
): Promise<Executed> {
  const call: Call = await resolve(deps, caller, input)
  annotateTrace({ toolName: call.tool.name, ...(caller.kind === 'agent' && { agentId: caller.agentId }) })
  const { allowed, trail } = await auditDenial(call, caller, origin, async () => {
    const { tenant, account, connector, tool } = call
    const accounts = await readAccounts(tenant, connector.id, account)
    const granted = await grant(tenant, caller, call, accounts, deps.connectUrl)
    const judged = await decide(granted, { tool: tool.name, effect: tool.effect }, await loadPolicies(tenant))
    if (isAsked(judged)) throw new AppError('forbidden', { detail: 'This call needs an approval.' })
    return judged
  })
  annotateTrace({ userId: allowed.granted.userExternalId })
  if (input.dry_run) {
    return { execution_id: null, status: 'dry_run', output: null, trace_id: origin.traceId, duration_ms: 0 }
  }
  const intent = await recordIntent(allowed, call, caller, trail)
  const outcome = await callTool(deps, intent, call, signal)
  return settle(intent, call, outcome, trail)
}
