import type { LookupFunction, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Agent } from 'undici'
import type { AllowRule, EgressPurpose } from './allow.ts'
import { createAgent } from './dialler.ts'
import { EgressError } from './errors.ts'
import { type EgressRequest, type EgressResponse, exchange } from './exchange.ts'
import { type EgressFetch, type EgressFetchOptions, toFetch } from './fetch.ts'
import { openSocket, type SocketTarget } from './socket.ts'
import { isPinned, parseHeaders, parseMethod, parseTarget } from './target.ts'
import { openTls, type TlsTarget } from './tls.ts'

export { type AllowRule, type EgressPurpose, parseAllow } from './allow.ts'
export { createDns, type Dns, DnsFailure } from './dns.ts'
export { EgressError } from './errors.ts'
export type { EgressRequest, EgressResponse } from './exchange.ts'
export type { EgressFetch, EgressFetchOptions } from './fetch.ts'
export type { SocketTarget } from './socket.ts'
export type { TlsTarget } from './tls.ts'

export type Egress = {
  /**
   * Makes one outbound call. Redirects are not followed, proxies from the environment are not used.
   * @throws EgressError, whose `requestSent` tells whether a write may be retried
   */
  request: (request: EgressRequest) => Promise<EgressResponse>
  /** A `fetch` bound to one purpose, for libraries that take their own (oauth4webapi, jose, oidc-provider). */
  fetch: (purpose: EgressPurpose, options?: EgressFetchOptions) => EgressFetch
  /** A plain connection to a host that is allow-listed for the purpose, for what is not HTTP. @throws EgressError */
  socket: (target: SocketTarget) => Promise<Socket>
  /** The same under TLS, to any host that calls of the purpose may reach. @throws EgressError */
  tls: (target: TlsTarget) => Promise<TLSSocket>
  /** Refuses new calls, lets those in flight end (each has its deadline), then closes every connection. */
  close: () => Promise<void>
}

export type EgressOptions = {
  allow: readonly AllowRule[]
  /** `deny`: only what is allow-listed and the pinned hosts */
  default: 'public' | 'deny'
  /** stands in for `dns.lookup` */
  resolve?: LookupFunction
}

const deadlineMsDefault = 30_000
const stallMsDefault = 30_000
const maxBytesDefault = 4 * 1024 * 1024

/** The only door out of the product: guard, pins, deadline and caps are applied to every call. */
export function createEgress(options: EgressOptions): Egress {
  const agents = new Map<string, Agent>()
  const inFlight = new Set<Promise<EgressResponse>>()
  let closing = false

  // Pinned and unpinned calls keep separate pools: under `deny`, an unpinned call must not borrow a connection that
  // only a pin had opened.
  const agentFor = (purpose: EgressPurpose, pinned: boolean) => {
    const key = `${purpose}:${pinned}`
    const agent = agents.get(key) ?? createAgent(purpose, pinned, options, options.resolve)
    agents.set(key, agent)
    return agent
  }

  const request = async (call: EgressRequest): Promise<EgressResponse> => {
    const url = parseTarget(call.url)
    const label = `${call.purpose} ${url.host}`
    const refuse = (why: string) =>
      new EgressError('refused', `egress ${label}: ${why}`, { requestSent: false })
    if (call.purpose === 'provider' && call.hosts === undefined)
      throw refuse('a provider call must pin its hosts')
    if (call.hosts !== undefined && !isPinned(url, call.hosts))
      throw refuse('the host is not one of the pinned')
    if (closing) throw new EgressError('aborted', `egress ${label}: shutting down`, { requestSent: false })
    const answer = exchange(agentFor(call.purpose, call.hosts !== undefined), {
      label,
      url,
      method: parseMethod(call.method),
      headers: parseHeaders(call.headers ?? {}),
      body: call.body,
      deliver: call.deliver,
      stallMs: call.stallMs ?? stallMsDefault,
      deadlineMs: call.deadlineMs ?? deadlineMsDefault,
      maxBytes: call.maxBytes ?? maxBytesDefault,
      signal: call.signal,
    })
    inFlight.add(answer)
    return answer.finally(() => inFlight.delete(answer))
  }

  return {
    request,
    fetch: (purpose, fetchOptions = {}) => toFetch(request, purpose, fetchOptions),
    socket: (target) => openSocket(target, options, options.resolve),
    tls: (target) => openTls(target, options, options.resolve),
    close: async () => {
      closing = true
      await Promise.allSettled(inFlight)
      // Not `agent.close()`: that would also wait for connections whose callers have long met their deadline.
      await Promise.all([...agents.values()].map((agent) => agent.destroy()))
    },
  }
}
