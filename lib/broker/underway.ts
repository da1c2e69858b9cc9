import { runningCalls } from '#lib/limits'
import type { Caller, Granted } from '#lib/proof'
import type { ReadCall } from './facts.ts'

/** A call while it is made: what ends it early, and who may. */
export type Underway = {
  /** Aborted when the caller goes away, and by a stop with its error as the reason. */
  signal: AbortSignal
  /** From here on a stop ends the call. To be asked for before the intent is committed, so that none falls between. */
  watch: (granted: Granted) => void
  over: () => void
}

/** @param signal the caller's */
export function underway(call: ReadCall, caller: Caller, signal: AbortSignal): Underway {
  const controller = new AbortController()
  const follow = () => controller.abort(signal.reason)
  if (signal.aborted) follow()
  else signal.addEventListener('abort', follow, { once: true })
  let forget: (() => void) | null = null
  return {
    signal: controller.signal,
    watch: (granted) => {
      const agentId = caller.kind === 'agent' ? caller.agentId : null
      const { tenant, tool, connector } = call
      const running = {
        tenant,
        agentId,
        userId: granted.userId,
        toolName: tool.name,
        connector: connector.id,
      }
      forget = runningCalls.add(running, controller)
    },
    over: () => {
      signal.removeEventListener('abort', follow)
      forget?.()
    },
  }
}
