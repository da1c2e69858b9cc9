import { setTimeout as sleep } from 'node:timers/promises'
import { ExponentialBackoff } from 'cockatiel'
import { type Connector, isRepeatable, type Tool, usedUpSeconds } from '#lib/connector-kit'
import { type Egress, EgressError, type EgressRequest } from '#lib/egress'
import { AppError } from '#lib/errors'
import { metrics } from '#lib/log'
import type { AuthConfig } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import type { Lent } from '#lib/vault'
import type { Delivery, Incoming } from '../files/index.ts'
import { type Heard, hear } from './answer.ts'
import { unsure } from './categories.ts'
import { assertInForce } from './in-force.ts'
import { inLane } from './lanes.ts'
import { eased, hold, holdHere, sitOut, type Waiting } from './waits.ts'

/** All that the calls of one run of a tool have in common. */
export type Wiring = {
  egress: Egress
  tenant: Tenant
  accountId: string
  connectionId: string
  connector: Connector
  auth: AuthConfig
  lent: Lent
  tool: Tool
  /** Public id of the execution: the idempotency key where the provider takes one. */
  executionId: string
  signal: AbortSignal
  /** When the whole call ends, on `performance.now()`'s clock. */
  deadlineMs: number
  /** What this run has done so far. */
  progress: Progress
}

/** `wrote`: a write was answered with success, so that whatever fails now, something has happened. */
export type Progress = { wrote: boolean; writes: number }

export type Outgoing = Pick<
  EgressRequest,
  'method' | 'url' | 'hosts' | 'headers' | 'body' | 'deliver' | 'maxBytes' | 'stallMs'
> & {
  url: URL
  isGraphql: boolean
  /** It makes a place for a file, and changes nothing by itself. */
  prepares?: true
  /** The file that is its body. */
  incoming?: Incoming
  /** Where its answer goes, if that is a file. */
  delivery?: Delivery
}
export type Answer = Extract<Heard, { is: 'answer' }>

/** Times that one request is sent at most. */
const sendsMax = 3
/** What a call needs after a wait to be worth it. */
const reserveMs = 3_000
// The durations are the library's, decorrelated jitter included; its loop would sleep on after a kill switch.
const backoff = new ExponentialBackoff<unknown>({ initialDelay: 200, maxDelay: 5_000 })

/** Whether a request of this run can have an effect. */
export const isWrite = ({ tool }: Pick<Wiring, 'tool'>, method: string): boolean =>
  tool.effect !== 'read' && method !== 'GET'

/**
 * Sends one request of a tool's, as often as is safe: again only where it cannot have had an effect, has none, or may be
 * repeated by what the tool or the provider says; never before the provider allows it; and never after a stop.
 * @throws AppError, or RefusedByProvider when the access token itself was refused
 */
export async function send(wiring: Wiring, request: Outgoing): Promise<Answer> {
  const { tenant, accountId, connectionId, connector, auth, signal, progress, deadlineMs } = wiring
  const account: Waiting = { orgId: tenant.orgId, kind: 'account', id: accountId }
  const client: Waiting = { orgId: auth.orgId, kind: 'auth_config', id: auth.id }
  const write = !request.prepares && isWrite(wiring, request.method)
  const repeatable = !write || isRepeatable(wiring.tool)
  let mayHaveHappened = false
  let pause = backoff.next()
  try {
    for (let sent = 1; ; sent++) {
      const waited = await sitOut([account, client], connector.name, deadlineMs - reserveMs, signal)
      if (waited || sent > 1) await assertInForce(tenant, accountId, connectionId)
      const heard = await once(wiring, request, write)
      if (heard.is === 'answer') {
        eased([account, client])
        const usedUp =
          connector.rates.windows && usedUpSeconds(connector.rates, heard.response.headers, Date.now())
        if (usedUp != null) holdHere(connector.rates.per === 'auth_config' ? client : account, usedUp)
        progress.wrote ||= write
        return heard
      }
      const { error, done, again, rate, waitSeconds = 0 } = heard
      mayHaveHappened ||= write && done
      if (rate) await hold(tenant, rate.per === 'account' ? account : client, rate.seconds)
      const safe = repeatable || (!done && !rate)
      const pauseMs = rate ? 0 : Math.max(pause.duration, waitSeconds * 1000)
      const inTime = performance.now() + pauseMs + reserveMs < deadlineMs
      if (!again || !safe || !inTime || sent >= sendsMax || isUnderWay(request)) throw error
      if (signal.aborted) throw stopped(connector, signal)
      pause = pause.next({})
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal })
    }
  } catch (thrown) {
    const error = signal.aborted && !(thrown instanceof AppError) ? stopped(connector, signal) : thrown
    if (mayHaveHappened && error instanceof AppError) {
      const { internal } = error
      throw new AppError(
        error.code,
        { ...error.facts, ...unsure },
        { cause: error, ...(internal && { internal }) },
      )
    }
    throw error
  }
}

/** A file that is on its way cannot be sent from its beginning again. */
const isUnderWay = ({ incoming, delivery }: Outgoing): boolean =>
  (incoming !== undefined && incoming.state !== 'untouched') || delivery?.isOpen === true

/** What a caller is told of a call that was ended: the reason that it was ended with, where that is an error of ours. */
function stopped({ name }: Connector, signal: AbortSignal): AppError {
  if (signal.reason instanceof AppError) return signal.reason
  return new AppError('upstream_timeout', {
    detail: `${name} did not answer in time.`,
    category: 'transient',
  })
}

async function once(wiring: Wiring, request: Outgoing, write: boolean): Promise<Heard> {
  const { egress, tenant, connector, signal, deadlineMs } = wiring
  const { isGraphql, prepares: _, incoming, delivery, ...call } = request
  const carries = incoming || delivery ? ('files' as const) : ('calls' as const)
  const at = { orgId: tenant.orgId, host: request.url.host, provider: connector.name, carries }
  try {
    const response = await inLane(at, signal, () =>
      egress.request({
        ...call,
        purpose: 'provider',
        signal,
        // Its own, so that whatever a provider does to hold a slot ends with the call.
        deadlineMs: Math.max(1, Math.ceil(deadlineMs - performance.now())),
      }),
    )
    metrics.upstreamRequests.inc({ connector: connector.id, status: String(response.status) })
    return hear(wiring, response, isGraphql)
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    metrics.upstreamRequests.inc({ connector: connector.id, status: error.kind })
    // A file that we cut off is none (RFC 9112 §8): its last piece never left.
    const cut = incoming && incoming.state !== 'complete' && ['timeout', 'aborted'].includes(error.kind)
    const done = write && error.requestSent && !cut
    if (error.kind === 'timeout' || (error.kind === 'aborted' && signal.aborted)) {
      return { is: 'refusal', error: stopped(connector, signal), done, again: false }
    }
    const lost = error.kind === 'reset' || error.kind === 'network'
    return {
      is: 'refusal',
      error: new AppError(
        'upstream_error',
        {
          detail:
            delivery && error.kind === 'too_large'
              ? `The file is larger than ${call.maxBytes} bytes, the most that ${wiring.tool.name} gives.`
              : `${connector.name} could not be reached or answered something unreadable.`,
          category: lost ? 'transient' : 'permanent',
          ...(!lost && { retryable: false }),
        },
        { internal: `egress_${error.kind}` },
      ),
      done,
      again: lost,
    }
  }
}
