import type { Origin } from '#lib/audit'
import type { Caller, Tenant } from '#lib/proof'
import { executeApproved, executeNamed } from './approved.ts'
import type { Deps } from './context.ts'
import type { Files } from './files/index.ts'
import { type Asked, listTools, type ToolFilter } from './list.ts'
import { execute } from './pipeline.ts'
import { reconcileUnknown } from './reconcile.ts'
import type { ExecuteInput } from './schema.ts'

export { noteChangedTools } from '#lib/connect'
export { asUntrusted } from './content/safeguard.ts'
export { getExecution, listExecutions, ownOf } from './executions.ts'
export { answeredWith, createDelivery, type Files } from './files/index.ts'
export { mcpTool, modelFormats, toolOfWireName, wireName } from './formats.ts'
export type { ToolView } from './list.ts'
export { replayPolicy } from './replay.ts'
export { sweepExecutions } from './sweep.ts'

/** The one way to a provider's API; REST today, MCP and workflows later, all through `pipeline.ts`. */
export const createBroker = (deps: Deps) => ({
  /**
   * @param key the caller's own (`Idempotency-Key`), under which this call is made once
   * @param files the file that the caller comes with, and where one goes that it asks for
   */
  execute: (
    caller: Caller,
    input: ExecuteInput,
    origin: Origin,
    signal: AbortSignal,
    key: string | null = null,
    files: Files = {},
  ) =>
    (input.approval_id === undefined ? execute : executeNamed)(
      deps,
      caller,
      input,
      origin,
      signal,
      key,
      files,
    ),
  /** The call that people have approved; for a job. */
  executeApproved: (tenant: Tenant, approvalId: string, signal: AbortSignal) =>
    executeApproved(deps, tenant, approvalId, signal),
  /** Looks up what became of calls whose outcome is unknown. */
  reconcile: (tenant: Tenant) => reconcileUnknown(deps, tenant),
  listTools: (asked: Asked | null, filter: ToolFilter) => listTools(deps, asked, filter),
})
