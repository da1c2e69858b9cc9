import type { Egress } from '#lib/egress'
import { EgressError } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import { withOpened, withOpenedLed } from '#lib/vault'
import type { AuditEvent } from '../schema.ts'
import { bindingOf, keyBindingOf, type StreamRow } from './streams.ts'
import { framed, syslogLine } from './syslog.ts'

/** Longest that a collector may take for one batch. */
const deadlineMs = 15_000

/** A failure as the stream shows it: a code, never the peer's words. */
export class NotTaken extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.name = 'NotTaken'
    this.code = code
  }
}

/** Sends events and returns once they are taken. @throws NotTaken */
export type Sink = (events: readonly AuditEvent[]) => Promise<void>

const coded = (error: unknown): never => {
  if (error instanceof NotTaken) throw error
  throw new NotTaken(error instanceof EgressError ? `egress_${error.kind}` : 'failed')
}

/** @param owner whose stream it is, and under whose key its secret lies */
export const sinkOf = (egress: Egress, owner: Tenant, stream: StreamRow, host: string): Sink =>
  stream.kind === 'syslog' ? syslogSink(egress, owner, stream, host) : httpsSink(egress, owner, stream)

const httpsSink =
  (egress: Egress, owner: Tenant, { id, url, sealed_secret: sealed, key_version }: StreamRow): Sink =>
  async (events) => {
    const [first, last] = [events[0], events.at(-1)]
    const send = (authorization: string | null) =>
      egress.request({
        purpose: 'siem',
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/x-ndjson',
          // The same for the same events: whoever has taken them before may say so and drop them. Numbers alone would
          // name other events too, once a database was put back to an older state.
          'idempotency-key': `${first?.chain}/${first?.sequence}-${last?.sequence}/${last?.hash.slice(0, 32)}`,
          ...(authorization !== null && { authorization }),
        },
        body: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
        deadlineMs,
        maxBytes: 64 * 1024,
      })
    const answer = await (sealed !== null && key_version !== null
      ? withOpened(owner, bindingOf(id), { sealed, keyVersion: key_version }, (secret) =>
          send(secret.toString('utf8')),
        )
      : send(null)
    ).catch(coded)
    if (answer.status < 200 || answer.status > 299) throw new NotTaken(`http_${answer.status}`)
  }

/**
 * Syslog has no acknowledgement. What comes nearest is that the collector closes its side in order once it has been
 * sent the end of ours (RFC 5425 §4.4): one that resets the connection, or never closes it, has not taken the batch.
 */
const syslogSink =
  (
    egress: Egress,
    owner: Tenant,
    { id, url, ca_pem, client_cert_pem, sealed_client_key }: StreamRow,
    host: string,
  ): Sink =>
  async (events) => {
    const { hostname, port } = new URL(url.replace(/^syslog\+tls:/, 'https:'))
    const open = (identity?: { cert: string; key: string }) =>
      egress.tls({
        purpose: 'siem',
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port || 443),
        deadlineMs,
        ...(ca_pem !== null && { ca: ca_pem }),
        identity,
      })
    const socket = await (client_cert_pem !== null && sealed_client_key !== null
      ? withOpenedLed(owner, keyBindingOf(id), sealed_client_key, (key) =>
          open({ cert: client_cert_pem, key: key.toString('utf8') }),
        )
      : open()
    ).catch(coded)
    await new Promise<void>((done, fail) => {
      let ended = false
      const late = setTimeout(() => {
        socket.destroy()
        fail(new NotTaken('timeout'))
      }, deadlineMs)
      socket.once('error', () => {
        clearTimeout(late)
        fail(new NotTaken('connection_lost'))
      })
      socket.once('end', () => {
        ended = true
      })
      socket.once('close', () => {
        clearTimeout(late)
        if (ended) done()
        else fail(new NotTaken('connection_lost'))
      })
      socket.resume()
      socket.end(Buffer.concat(events.map((event) => framed(syslogLine(event, host)))))
    })
  }
