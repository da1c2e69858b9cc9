import type { LookupFunction } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { EgressError, kindOf, transportCode } from './errors.ts'
import type { GuardPolicy } from './guard.ts'
import { openSocket, type SocketTarget } from './socket.ts'

/** A host to speak TLS with, in a protocol that is not HTTP. */
export type TlsTarget = SocketTarget & {
  /** certificates in PEM to trust in place of the usual ones, for a host with a private authority */
  ca?: string | undefined
  /** what this side shows of itself, where the host asks for it (mutual TLS): certificate and private key in PEM */
  identity?: Readonly<{ cert: string; key: string }> | undefined
}

/**
 * As `openSocket`, with TLS on top; the certificate is always checked. Under TLS a public host may be reached without a
 * rule, as over https.
 * @throws EgressError `refused`, `timeout` or `network`
 */
export async function openTls(
  target: TlsTarget,
  policy: GuardPolicy,
  resolve: LookupFunction | undefined,
): Promise<TLSSocket> {
  const { purpose, host, port, deadlineMs, ca, identity } = target
  const startedAt = performance.now()
  const raw = await openSocket(target, policy, resolve, 'tls')
  const left = Math.max(deadlineMs - (performance.now() - startedAt), 1)
  return new Promise((done, fail) => {
    const failed = (kind: 'timeout' | 'network' | ReturnType<typeof kindOf>, why: string, code?: string) => {
      clearTimeout(late)
      raw.destroy()
      fail(new EgressError(kind, `egress ${purpose} ${host}:${port}: ${why}`, { requestSent: false, code }))
    }
    const late = setTimeout(() => failed('timeout', 'no TLS in time'), left)
    const socket = connect({
      socket: raw,
      // An address is no server name (RFC 6066 §3), and is checked against the certificate all the same.
      ...(/^[\d.]+$|:/.test(host) ? { host } : { servername: host }),
      ...(ca !== undefined && { ca }),
      ...identity,
      minVersion: 'TLSv1.2',
      // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment changes nothing.
      rejectUnauthorized: true,
    })
    socket.once('error', (error) => {
      const code = transportCode(error)
      failed(kindOf(code), `failed${code === undefined ? '' : ` with ${code}`}`, code)
    })
    socket.once('secureConnect', () => {
      clearTimeout(late)
      socket.removeAllListeners('error')
      done(socket)
    })
  })
}
