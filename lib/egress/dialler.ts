import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, Pool } from 'undici'
import type { EgressPurpose } from './allow.ts'
import { assertMayDial, type Dial, type GuardPolicy } from './guard.ts'

const connectTimeoutMs = 10_000
/** Several times what the broker gives one org at one host, so that no org takes all of them. */
const connectionsPerHost = 256
const keepAliveMs = 10_000
const keepAliveMsMax = 60_000

/**
 * A keep-alive pool per host whose every new connection is judged on the address that is dialled. The name is looked
 * up once, inside the connection attempt, and what was judged is what is handed to the socket: there is no second
 * lookup for a rebinding name to answer differently.
 * @param resolve stands in for `dns.lookup`
 */
export function createAgent(
  purpose: EgressPurpose,
  pinned: boolean,
  policy: GuardPolicy,
  resolve: LookupFunction = systemLookup,
): Agent {
  return new Agent({
    factory: (origin) => {
      const { protocol, hostname, port } = new URL(origin)
      const dial: Dial = {
        purpose,
        protocol,
        hostname,
        port: Number(port) || (protocol === 'https:' ? 443 : 80),
        pinned,
      }
      return new Pool(origin, {
        connect: guardedConnector(dial, policy, resolve),
        connections: connectionsPerHost,
        keepAliveTimeout: keepAliveMs,
        keepAliveMaxTimeout: keepAliveMsMax,
        pipelining: 1,
      })
    },
  })
}

function guardedConnector(
  dial: Dial,
  policy: GuardPolicy,
  resolve: LookupFunction,
): buildConnector.connector {
  const connect = buildConnector({
    lookup: guardedLookup(dial, policy, resolve),
    timeout: connectTimeoutMs,
    // A GOAWAY makes the dispatcher send a request again by itself, which a write must not risk.
    allowH2: false,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment changes nothing.
    rejectUnauthorized: true,
  })
  const literal = dial.hostname.replace(/^\[|\]$/g, '')
  return (options, callback) => {
    try {
      // The socket skips the lookup for an address, so an address is judged here.
      if (isIP(literal) !== 0) assertMayDial(dial, [literal], policy)
    } catch (refusal) {
      process.nextTick(callback, refusal, null)
      return
    }
    connect(options, callback)
  }
}

/** Judges what a name resolves to before a socket may use it. @param resolve stands in for `dns.lookup` */
export function guardedLookup(
  dial: Dial,
  policy: GuardPolicy,
  resolve: LookupFunction = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, [])
      const answers = typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : found
      try {
        assertMayDial(
          dial,
          answers.map((answer) => answer.address),
          policy,
        )
      } catch (refusal) {
        return callback(refusal instanceof Error ? refusal : new Error('refused'), [])
      }
      const [first] = answers
      if (options.all || first === undefined) return callback(null, answers)
      callback(null, first.address, first.family)
    })
  }
}
