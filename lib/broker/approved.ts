import { approvedCall, closeApproval, refuseApproval } from '#lib/approvals'
import type { Origin } from '#lib/audit'
import { type ErrorCode, toAppError } from '#lib/errors'
import { callerAgain } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { log } from '#lib/log'
import type { Caller, Tenant } from '#lib/proof'
import { resolveObject } from '#lib/tenancy'
import type { Answered, Deps } from './context.ts'
import type { Files } from './files/index.ts'
import { execute } from './pipeline.ts'
import { type ExecuteInput, executeInput } from './schema.ts'

/** Refusals that pass: such a call is tried again until its approval runs out. Any other refusal is final. */
const passing: ReadonlySet<ErrorCode> = new Set(['rate_limited', 'circuit_open', 'unavailable', 'internal'])

/**
 * Makes the call that people have approved, as whoever asked for it: it passes every stage again, and what any of them
 * says against it now is final. Does nothing where the call has been made, or is not to be made any more.
 */
export async function executeApproved(
  deps: Deps,
  tenant: Tenant,
  approvalId: string,
  signal: AbortSignal,
): Promise<void> {
  const approved = await approvedCall(tenant, approvalId)
  if (!approved) return
  const tool = deps.tools[approved.toolName]
  // Nobody is there whose file it could be: who asked makes the call, and names the approval.
  if (tool?.takes || tool?.gives) return
  try {
    const caller = await callerAgain(tenant, approved.requester)
    const input = executeInput.parse({
      connected_account_id: publicId('connected_account', approved.accountId),
      tool_name: approved.toolName,
      params: approved.given,
      context: approved.context,
      ...(approved.authorizationDetails != null && { authorization_details: approved.authorizationDetails }),
      approval_id: publicId('approval', approvalId),
    })
    await executeNamed(deps, caller, input, approved.origin, signal)
  } catch (thrown) {
    const error = toAppError(thrown)
    log.info(
      { approval_id: publicId('approval', approvalId), error_code: error.code },
      'approved call refused',
    )
    // Only what was not begun is refused by this; what was made and failed has its execution.
    if (!passing.has(error.code)) await refuseApproval(tenant, approvalId, error.code)
  }
}

/** Runs a call that names its approval, and closes the approval once the call has ended, however it did. */
export async function executeNamed(
  deps: Deps,
  caller: Caller,
  input: ExecuteInput,
  origin: Origin,
  signal: AbortSignal,
  key: string | null = null,
  files: Files = {},
): Promise<Answered> {
  const close = async (output?: unknown) => {
    const { tenant } = await resolveObject(caller, 'approval', input.approval_id ?? '')
    await closeApproval(tenant, parseId('approval', input.approval_id ?? '') ?? '', output)
  }
  // What cannot be closed now, the sweep closes; the call has been made, and that is what is to be told.
  const later = (err: unknown) => log.error({ err }, 'approval not closed: the sweep will close it')
  try {
    const answered = await execute(deps, caller, input, origin, signal, key, files)
    if (answered.status === 'succeeded') await close(answered.output).catch(later)
    return answered
  } catch (thrown) {
    if (toAppError(thrown).facts.execution_id !== undefined) await close().catch(later)
    throw thrown
  }
}
