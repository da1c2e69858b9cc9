import {
  type BulkheadPolicy,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  CountBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
} from 'cockatiel'
import { EgressError, type EgressResponse } from '#lib/egress'
import { AppError } from '#lib/errors'
import { anchored } from '#lib/log'

// Each org has a lane of its own to each host: a breaker that ends its calls to a host that fails, and a bulkhead that
// holds no more of the process than its share. What one org does at a provider, on purpose or not, opens and fills its
// own lane and nobody else's.

type Lane = { breaker: CircuitBreakerPolicy; bulkhead: BulkheadPolicy; slots: number; closedUntilMs: number }

const lanes = anchored('upstream_lanes', () => new Map<string, Lane>())
const lanesMax = 5_000

/**
 * Calls of one org to one host at one time, and how many more may stand in line for them. Files have a lane of their
 * own, in which they hold up no call.
 */
const widths = { calls: { slots: 64, standing: 256 }, files: { slots: 16, standing: 64 } } as const
export type Carries = keyof typeof widths
/** Of the last twenty answers half, of at least ten. */
const breaksAt = { threshold: 0.5, size: 20, minimumNumberOfCalls: 10 }
const closedMsMin = 5_000
const closedMsMax = 60_000

/** Only what the host itself does counts: never a refusal, so that bad credentials or params close nothing. */
const isHostFailure = (error: unknown, signal: AbortSignal): boolean =>
  error instanceof EgressError &&
  (['reset', 'network', 'timeout'].includes(error.kind) || (error.kind === 'aborted' && !signal.aborted))

function makeLane({ slots, standing }: (typeof widths)[Carries]): Lane {
  const lane: Lane = {
    slots,
    bulkhead: bulkhead(slots, standing),
    closedUntilMs: 0,
    breaker: circuitBreaker(
      handleWhen((error) => error instanceof HostFailure).orWhenResult(
        (answer) => (answer as EgressResponse).status >= 500,
      ),
      {
        breaker: new CountBreaker(breaksAt),
        // Longer with every trial that fails too.
        halfOpenAfter: new DelegateBackoff(({ attempt }) => {
          const ms = Math.min(closedMsMin * 2 ** (attempt - 1), closedMsMax) * (1 + Math.random() / 5)
          lane.closedUntilMs = performance.now() + ms
          return ms
        }),
      },
    ),
  }
  return lane
}

function laneOf(orgId: string, host: string, carries: Carries): Lane {
  const key = `${orgId} ${host} ${carries}`
  const found = lanes.get(key)
  if (found) return found
  if (lanes.size >= lanesMax) {
    for (const [other, { breaker, bulkhead: held, slots }] of lanes) {
      const idle = breaker.state === CircuitState.Closed && held.executionSlots === slots
      if (idle) lanes.delete(other)
    }
  }
  const made = makeLane(widths[carries])
  lanes.set(key, made)
  return made
}

/** Tells the breaker apart from what it should not count; the transport's error is inside. */
class HostFailure extends Error {
  readonly error: unknown
  constructor(error: unknown) {
    super('the host failed')
    this.error = error
  }
}

const closed = (provider: string, { closedUntilMs }: Lane) =>
  new AppError('circuit_open', {
    detail: `${provider} has been failing. It is asked again soon.`,
    retry_after_seconds: Math.max(1, Math.ceil((closedUntilMs - performance.now()) / 1000)),
    category: 'transient',
  })

/**
 * Ends the wait of a call that stands in line when it is stopped, and lets it go nowhere when its turn comes. One that
 * has begun ends by itself.
 * @throws what `signal` aborts with
 */
async function orStopped<Made>(
  signal: AbortSignal,
  stand: (begin: () => void) => Promise<Made>,
): Promise<Made> {
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  stopped.catch(() => {})
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const made = stand(() => {
    signal.throwIfAborted()
    signal.removeEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([made, stopped])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Makes one call in its org's lane to its host.
 * @throws AppError `circuit_open`, `rate_limited` when the lane is full; what `work` throws
 */
export async function inLane(
  at: { orgId: string; host: string; provider: string; carries: Carries },
  signal: AbortSignal,
  work: () => Promise<EgressResponse>,
): Promise<EgressResponse> {
  const lane = laneOf(at.orgId, at.host, at.carries)
  const { state } = lane.breaker
  // While one call tries whether the host is back, the others do not wait for what becomes of it.
  if (state === CircuitState.HalfOpen) throw closed(at.provider, lane)
  if (state === CircuitState.Open && performance.now() < lane.closedUntilMs) throw closed(at.provider, lane)
  const counted = () =>
    work().catch((error: unknown) => {
      // A trial that its caller gave up has shown nothing, and must not pass for a success.
      const shown = lane.breaker.state !== CircuitState.HalfOpen || !signal.aborted
      throw isHostFailure(error, signal) || !shown ? new HostFailure(error) : error
    })
  try {
    return await orStopped(signal, (begin) =>
      lane.bulkhead.execute(() => {
        begin()
        return lane.breaker.execute(counted)
      }),
    )
  } catch (error) {
    if (error instanceof HostFailure) throw error.error
    if (isBrokenCircuitError(error)) throw closed(at.provider, lane)
    if (isBulkheadRejectedError(error)) {
      throw new AppError('rate_limited', {
        detail: `Too many calls to ${at.provider} are under way for this organization.`,
        retry_after_seconds: 1,
        category: 'rate_limit',
      })
    }
    throw error
  }
}
