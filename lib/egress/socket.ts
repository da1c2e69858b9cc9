import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { guardedLookup } from './dialler.ts'
import { EgressError, kindOf, transportCode } from './errors.ts'
import { assertMayDial, type Dial, type GuardPolicy, Refusal } from './guard.ts'

/** A connection that is not HTTP: to a host that the operator has configured, and to no other. */
export type SocketTarget = {
  purpose: 'mail' | 'siem'
  /** lower case, IPv6 without brackets */
  host: string
  port: number
  /** longest wait for the connection, in milliseconds */
  deadlineMs: number
}

/**
 * Opens a plain TCP connection whose address was judged by the same guard as every other call; TLS is for who speaks
 * the protocol to add. Without a rule that allows the host nothing is reachable: the protocol is not https.
 * @param under `tls` where TLS is put on top before anything is said
 * @throws EgressError `refused`, `timeout` or `network`
 */
export function openSocket(
  { purpose, host, port, deadlineMs }: SocketTarget,
  policy: GuardPolicy,
  resolve: LookupFunction | undefined,
  under: 'plain' | 'tls' = 'plain',
): Promise<Socket> {
  const label = `${purpose} ${host}:${port}`
  const hostname = isIP(host) === 6 ? `[${host}]` : host
  // What is spoken under TLS is judged as https is.
  const protocol = under === 'tls' ? 'https:' : 'tcp:'
  const dial: Dial = { purpose, protocol, hostname, port, pinned: false }
  return new Promise((done, fail) => {
    const failed = (error: unknown) => {
      const code = transportCode(error)
      const refused = error instanceof Refusal
      const why = refused ? error.message : `failed${code === undefined ? '' : ` with ${code}`}`
      const kind = refused ? 'refused' : kindOf(code)
      fail(new EgressError(kind, `egress ${label}: ${why}`, { requestSent: false, code }))
    }
    try {
      // The socket skips the lookup for an address, so an address is judged here.
      if (isIP(host) !== 0) assertMayDial(dial, [host], policy)
    } catch (refusal) {
      return failed(refusal)
    }
    const socket = connect({ host, port, lookup: guardedLookup(dial, policy, resolve) })
    const late = setTimeout(() => {
      socket.destroy()
      fail(new EgressError('timeout', `egress ${label}: no connection in time`, { requestSent: false }))
    }, deadlineMs)
    socket.once('error', (error) => {
      clearTimeout(late)
      failed(error)
    })
    socket.once('connect', () => {
      clearTimeout(late)
      socket.removeAllListeners('error')
      done(socket)
    })
  })
}
