// Collectors that ask for more, take less or lie, and a chain that is not what a collector has.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { parseId } from '#lib/ids'
import { selfSigned } from '../../../scripts/testing/self-signed.ts'
import type { AuditEvent, AuditStreamInput } from '../schema.ts'
import { actor, setScene } from '../testing.ts'
import { deliverBehind, newLanes } from './deliver.ts'
import { createStream, getStream } from './streams.ts'

const scene = setScene('streams')
const closers: (() => void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) close()
  await scene.superuser.tamper('DELETE FROM audit_stream_cursors')
  await scene.superuser.tamper('DELETE FROM audit_streams')
})

const made = async (input: Partial<AuditStreamInput>) => {
  const full = { name: 'SIEM', every_org: false, since: '2020-01-01T00:00:00Z', ...input } as AuditStreamInput
  const view = await createStream(scene.tenant, full, actor, async () => {})
  const id = parseId('audit_stream', view.id) ?? ''
  return { view, id, progress: async () => (await getStream(scene.tenant, id)).progress }
}
async function round(): Promise<void> {
  await scene.superuser.tamper('UPDATE audit_stream_cursors SET retry_at = NULL')
  const lanes = newLanes()
  await deliverBehind(scene.egress, lanes, new AbortController().signal)
  await Promise.all(lanes.busy.values())
}

/** @param take what is answered to a batch */
async function collector(take: (events: AuditEvent[]) => number) {
  const seen = { keys: [] as unknown[], events: [] as AuditEvent[], url: '' }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const events = body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEvent)
    seen.keys.push(request.headers['idempotency-key'])
    const status = take(events)
    if (status === 200) seen.events.push(...events)
    response.writeHead(status).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  seen.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`
  return seen
}

test('a collector that takes little at a time gets everything all the same, in its order', async () => {
  await scene.append(40)
  const siem = await collector((events) => (events.length > 10 ? 413 : 200))
  const { progress } = await made({ kind: 'https', url: siem.url })
  for (let at = 0; at < 12 && (await progress()).behind + (at === 0 ? 1 : 0) > 0; at++) await round()
  expect(siem.events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
})

test.each([301, 400, 503])('what is answered with %i was not taken, and is sent again', async (status) => {
  await scene.append(2)
  let answer = status
  const siem = await collector(() => answer)
  const { progress } = await made({ kind: 'https', url: siem.url })
  await round()
  const error_code = expect.stringMatching(status === 301 ? /^egress_/ : `http_${status}`)
  expect(await progress()).toMatchObject({ sequence: 0, attempts: 1, error_code })
  answer = 200
  await round()
  expect(siem.events).toHaveLength(2)
  expect(siem.keys[0]).toBe(siem.keys[1])
})

test('an older state that was put back is no continuation of what the collector has: it is named, and nothing is sent', async () => {
  await scene.append(4)
  const siem = await collector(() => 200)
  const { progress } = await made({ kind: 'https', url: siem.url })
  await round()
  await scene.rebuild((rows) => rows.slice(0, 2))
  await round()
  expect(await progress()).toMatchObject({ error_code: 'chain_changed', behind: 0 })
  // New events under numbers that the collector has seen.
  await scene.append(6)
  await round()
  expect(siem.events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
  expect(await progress()).toMatchObject({ error_code: 'chain_changed' })
  // A stream that is made anew sends them under other keys: whoever drops what it knows drops none of them.
  await scene.superuser.tamper('DELETE FROM audit_stream_cursors')
  await round()
  expect(new Set(siem.keys).size).toBe(siem.keys.length)
})

/** A collector of syslog that asks for a certificate of one authority. */
async function mutualCollector(clientCa: string) {
  const { key, cert } = selfSigned('localhost')
  const seen = { bytes: 0, who: [] as string[], cert, url: '' }
  const server = createTlsServer(
    { key, cert, requestCert: true, rejectUnauthorized: true, ca: clientCa },
    (socket) => {
      seen.who.push(String(socket.getPeerCertificate().subject?.CN))
      socket.on('error', () => {})
      socket.on('data', (chunk: Buffer) => {
        seen.bytes += chunk.length
      })
      socket.on('end', () => socket.end())
    },
  )
  server.on('tlsClientError', () => {})
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => server.close())
  seen.url = `syslog+tls://localhost:${(server.address() as AddressInfo).port}`
  return seen
}

test('shows a collector of syslog the certificate that it asks for; the key is sealed and never shown', async () => {
  await scene.append(2)
  const own = selfSigned('behalf.example')
  const siem = await mutualCollector(own.cert)
  const of = { kind: 'syslog' as const, url: siem.url, ca_pem: siem.cert }
  const bare = await made(of)
  await round()
  expect(siem.bytes).toBe(0)
  expect(await bare.progress()).toMatchObject({ behind: 2 })
  const stream = await made({ ...of, client_cert_pem: own.cert, client_key_pem: own.key })
  await round()
  expect(siem.who).toEqual(['behalf.example'])
  expect(siem.bytes).toBeGreaterThan(100)
  expect(await stream.progress()).toMatchObject({ behind: 0, error_code: null })
  expect(stream.view).toMatchObject({ has_client_certificate: true })
  expect(JSON.stringify(stream.view)).not.toContain('PRIVATE KEY')
  const [row] = await scene.superuser.sql<{ sealed: Buffer }>(
    'SELECT sealed_client_key AS sealed FROM audit_streams WHERE id = $1',
    [stream.id],
  )
  expect(row?.sealed.includes('PRIVATE KEY')).toBe(false)
})

test('a key that is none, or of another certificate, is refused before it is stored', async () => {
  const [own, other] = [selfSigned('behalf.example'), selfSigned('behalf.example')]
  const of = { kind: 'syslog' as const, url: 'syslog+tls://localhost:6514' }
  const broken = own.key.replace(/\n[\w+/]{20}/, '\n!!!!')
  for (const client_key_pem of [other.key, broken]) {
    const refused = made({ ...of, client_cert_pem: own.cert, client_key_pem })
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_request',
      facts: { errors: [{ path: 'client_key_pem' }] },
    })
  }
})
