import { approve } from '#lib/approvals'
import type { Origin } from '#lib/audit'
import { annotateTrace } from '#lib/log'
import { decide, isAsked } from '#lib/policy'
import type { Caller } from '#lib/proof'
import { grant } from '#lib/scopes'
import { askAgain } from './ask-again.ts'
import { assertMaskable, safeguard } from './content/index.ts'
import type { Answered, Deps, Executed } from './context.ts'
import { inCrowd, outOfCrowd } from './crowd.ts'
import { auditDenial } from './denial.ts'
import { type ReadCall, readCall } from './facts.ts'
import { assertFiles, assertUnmasked, type Files } from './files/index.ts'
import { recordIntent } from './intent.ts'
import { assertGoing, assertUserGoing, callFacts } from './judge.ts'
import { leadBack } from './lead-back.ts'
import { claimOf, keepPending, toldBefore } from './once.ts'
import { resolve } from './resolve.ts'
import type { ExecuteInput } from './schema.ts'
import { settle } from './settle.ts'
import { underway } from './underway.ts'
import { callTool } from './upstream/index.ts'

/**
 * Every call of a tool, whoever makes it and however it came: Auth → Tenant Resolution → Stops → Scope Enforcement →
 * Policy → Approval → Intent recorded → Tool Execution → Audit closed. Each stage takes the proof that the stage above minted, so that a
 * skipped or reordered stage does not compile.
 * @param caller the authenticated caller
 * @param key the caller's own, under which this call is made once
 * @param files the file that the caller comes with, and where one goes that it asks for
 * @throws AppError of the stage that refused; nothing has left for the provider unless its code begins with `upstream_`
 */
export async function execute(
  deps: Deps,
  caller: Caller,
  input: ExecuteInput,
  origin: Origin,
  signal: AbortSignal,
  key: string | null = null,
  files: Files = {},
): Promise<Answered> {
  const resolved = await resolve(deps, caller, input)
  if (!input.dry_run) assertFiles(resolved, files)
  annotateTrace({ toolName: resolved.tool.name, ...(caller.kind === 'agent' && { agentId: caller.agentId }) })
  const claim = await claimOf(resolved.tenant, caller, input, key)
  return inCrowd(resolved.tenant, async () =>
    make(deps, caller, input, origin, signal, files, await readCall(resolved, caller, claim)),
  )
}

/** The stages of a call whose facts have been read. */
async function make(
  deps: Deps,
  caller: Caller,
  input: ExecuteInput,
  origin: Origin,
  signal: AbortSignal,
  files: Files,
  call: ReadCall,
): Promise<Answered> {
  const { claim } = call
  const under = underway(call, caller, signal)
  try {
    const { passed, trail } = await auditDenial(call, caller, origin, async (trail) => {
      const going = assertGoing(call, caller)
      const granted = await grant(going, caller, call, call.read.accounts, deps.connectUrl).catch(
        askAgain(call.tenant, caller),
      )
      annotateTrace({ userId: granted.userExternalId })
      const cleared = assertUserGoing(call, caller, granted)
      const facts = await callFacts(call, caller, granted, trail)
      const judged = await decide(cleared, facts, call.read.policies)
      assertMaskable(judged.decision)
      assertUnmasked(call.tool, judged.decision)
      if (input.dry_run) return rehearsed(isAsked(judged), origin)
      const named = input.approval_id ?? null
      const before =
        named !== null || isAsked(judged) ? await toldBefore(call.tenant, call.tool, claim) : null
      if (before) return before
      const asked = { ...call, given: input.params, authorizationDetails: input.authorization_details }
      const allowed = await approve(judged, asked, caller, trail, named)
      // A call that waits for people.
      if ('status' in allowed) return keepPending(call.tenant, claim, allowed)
      under.watch(granted)
      return recordIntent(allowed, call, caller, trail, facts)
    })
    if ('status' in passed) return passed
    const outcome = await safeguard(
      await outOfCrowd(call.tenant, () => callTool(deps, passed, call, under.signal, files)),
      call,
      passed.allowed,
    )
    return await settle(passed, call, outcome, trail).catch(leadBack(deps.connectUrl, passed.allowed.granted))
  } finally {
    under.over()
  }
}

const rehearsed = (approvalRequired: boolean, origin: Origin): Executed => ({
  execution_id: null,
  status: 'dry_run',
  output: null,
  trace_id: origin.traceId,
  duration_ms: 0,
  approval_required: approvalRequired,
})
