import { listen, sqlForOrg } from '#lib/db'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { activeStops, holdsFor, type StopFact, type Stoppable, stoppedError } from './facts.ts'

type RunningCall = Stoppable & { tenant: Tenant }

type Registry = {
  /** Each with what ends it: made by the bundle that makes the call, so that the error is one of its own. */
  calls: Map<RunningCall, (stop: StopFact) => void>
  stopHearing: (() => void) | null
  idle: NodeJS.Timeout | null
}

// Next bundles a module once per route: what runs in this process must be in one place all the same.
const anchor: { [key: symbol]: Registry | undefined } = globalThis as never
const key = Symbol.for('behalf.running-calls')

/** The connection that hears of stops is kept for as long after the last call. */
const idleMs = 60_000

function registry(): Registry {
  anchor[key] ??= { calls: new Map(), stopHearing: null, idle: null }
  return anchor[key]
}

/** A stop that was just placed; `org` is null for one that holds in every org. */
type Notice = StopFact & { org: string | null }

/**
 * The calls under way in this process. A stop that is placed anywhere is heard of here when it is committed, and
 * aborts those that it holds for; what was missed while the connection was lost is looked up when it is back.
 */
export const runningCalls = {
  /**
   * Call it before the call's intent is committed, so that no stop falls in between.
   * @param controller aborted by a stop, with the error that the call then ends in as its reason
   * @returns takes the call off again
   */
  add(call: RunningCall, controller: AbortController): () => void {
    const state = registry()
    state.calls.set(call, (stop) => controller.abort(stoppedError(stop)))
    if (state.idle) clearTimeout(state.idle)
    state.idle = null
    state.stopHearing ??= listen(
      'behalf_stop',
      (payload) => hear(state, payload),
      () => void lookAgain(state),
    )
    return () => {
      if (!state.calls.delete(call) || state.calls.size > 0) return
      state.idle = setTimeout(() => {
        state.stopHearing?.()
        state.stopHearing = state.idle = null
      }, idleMs).unref()
    }
  },
  get size() {
    return registry().calls.size
  },
}

/** @param org `null` for every org */
function abort(state: Registry, org: string | null, stop: StopFact): void {
  for (const [call, end] of state.calls)
    if ((org === null || call.tenant.orgId === org) && holdsFor(stop, call)) end(stop)
}

function hear(state: Registry, payload: string): void {
  const { org, ...stop } = JSON.parse(payload) as Notice
  abort(state, org, stop)
}

async function lookAgain(state: Registry): Promise<void> {
  const tenants = new Map([...state.calls.keys()].map(({ tenant }) => [tenant.orgId, tenant]))
  for (const tenant of tenants.values()) {
    try {
      const stops = await sqlForOrg(tenant, activeStops)
      for (const stop of stops) abort(state, tenant.orgId, stop)
    } catch (err) {
      log.warn({ err }, 'stops not looked up')
    }
  }
}
