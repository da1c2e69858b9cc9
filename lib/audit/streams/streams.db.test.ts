import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { deployment, disconnect, forOrg } from '#lib/db'
import { createEgress, type Egress, parseAllow } from '#lib/egress'
import { systemCaller } from '#lib/identity'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { selfSigned } from '../../../scripts/testing/self-signed.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { appendAudit } from '../event.ts'
import type { AuditEvent, AuditStreamInput } from '../schema.ts'
import { deliverBehind, newLanes } from './deliver.ts'
import { changeStreamIn, createStream, deleteStreamIn, getStream } from './streams.ts'

const operator = systemCaller('test')
const by = { type: 'key', id: 'key_1' }
let egress: Egress
let superuser: Superuser
let tenant: Tenant
let made = 0
beforeAll(async () => {
  superuser = await useSuperuser()
  egress = createEgress({
    allow: parseAllow('siem=127.0.0.1,siem=localhost'),
    default: 'public',
  })
})
afterAll(async () => {
  await egress.close()
  await disconnect()
})
beforeEach(async () => {
  tenant = await ensureOrg(operator, `org-${++made}`, prepareOrgKeys)
})
const closers: (() => void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) close()
  await superuser.tamper('DELETE FROM audit_stream_cursors')
  await superuser.tamper('DELETE FROM audit_streams')
})

const append = (n: number, into = tenant) =>
  forOrg(into, async (tx) => {
    for (let at = 0; at < n; at++)
      await appendAudit(tx, into, { action: 'test.done', outcome: 'allowed', actor: by, details: { at } })
  })

/** A collector that says what it was sent, and answers as it is told. */
async function collector() {
  const state = { status: 200, requests: 0, batches: [] as AuditEvent[][], headers: [] as unknown[], url: '' }
  const server: Server = createServer(async (request, response) => {
    state.requests++
    let body = ''
    for await (const chunk of request) body += chunk
    state.headers.push(request.headers)
    if (state.status === 200)
      state.batches.push(
        body
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as AuditEvent),
      )
    response.writeHead(state.status).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`
  return state
}

const begun = '2020-01-01T00:00:00Z'
const https = (url: string, more: Partial<AuditStreamInput> = {}) =>
  ({ kind: 'https', name: 'SIEM', url, every_org: false, since: begun, ...more }) as AuditStreamInput
const stream = async (of: Tenant, input: AuditStreamInput) => {
  const { id } = await createStream(of, input, by, async () => {})
  return parseId('audit_stream', id) ?? ''
}

/** One round of the worker's, to its end. */
async function round(lanes = newLanes()): Promise<void> {
  await deliverBehind(egress, lanes, new AbortController().signal)
  await Promise.all(lanes.busy.values())
}
/** As if the pauses after a failure were over. */
const pauseIsOver = () => superuser.tamper('UPDATE audit_stream_cursors SET retry_at = NULL')
const sequences = ({ batches }: { batches: AuditEvent[][] }) => batches.flat().map(({ sequence }) => sequence)

test('takes every event from the asked moment on, in order, once while all goes well, and then those that come', async () => {
  await append(3)
  const siem = await collector()
  const id = await stream(tenant, https(siem.url, { authorization: 'Splunk 0123456789' } as never))
  await round()
  expect(sequences(siem)).toEqual([1, 2, 3])
  expect(siem.headers[0]).toMatchObject({
    'content-type': 'application/x-ndjson',
    authorization: 'Splunk 0123456789',
  })
  await append(2)
  expect((await getStream(tenant, id)).progress).toMatchObject({ sequence: 3, behind: 2 })
  await round()
  await round()
  expect(sequences(siem)).toEqual([1, 2, 3, 4, 5])
  expect((await getStream(tenant, id)).progress).toMatchObject({ behind: 0, behind_since: null, attempts: 0 })
})

test('begins with the events from now on where no moment is asked for', async () => {
  await append(2)
  const siem = await collector()
  const { since: _, ...now } = https(siem.url) as AuditStreamInput & { since: string }
  await stream(tenant, now)
  await round()
  expect(siem.requests).toBe(0)
  await append(1)
  await round()
  expect(sequences(siem)).toEqual([3])
})

test('moves on only when it is acknowledged, says why not, and sends again after a pause', async () => {
  await append(2)
  const siem = await collector()
  const id = await stream(tenant, https(siem.url))
  siem.status = 503
  const lanes = newLanes()
  await round(lanes)
  expect((await getStream(tenant, id)).progress).toMatchObject({
    sequence: 0,
    behind: 2,
    attempts: 1,
    error_code: 'http_503',
    retry_at: expect.any(String),
  })
  // It rests, in this process and, by the row, in every other.
  await round(lanes)
  await round()
  expect(siem.requests).toBe(1)
  siem.status = 200
  await pauseIsOver()
  await round()
  expect(sequences(siem)).toEqual([1, 2])
  expect((await getStream(tenant, id)).progress).toMatchObject({ behind: 0, attempts: 0, error_code: null })
})

test('a collector that is down holds up no other', async () => {
  await append(1)
  const [down, up] = [await collector(), await collector()]
  down.status = 500
  await stream(tenant, https(down.url))
  await stream(tenant, https(up.url))
  await round()
  expect(sequences(up)).toEqual([1])
  const silent = createServer(() => {})
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
  closers.push(() => {
    silent.closeAllConnections()
    silent.close()
  })
  await stream(tenant, https(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`))
  await append(1)
  const lanes = newLanes()
  await deliverBehind(egress, lanes, new AbortController().signal)
  await expect.poll(() => sequences(up), { timeout: 5_000 }).toEqual([1, 2])
  silent.closeAllConnections()
  await Promise.all(lanes.busy.values())
})

test("a stream of the deployment's takes every chain, each in its own order, and its own organization's stream only that", async () => {
  const other = await ensureOrg(operator, `other-${made}`, prepareOrgKeys)
  await append(2)
  await append(3, other)
  await append(1, deployment)
  const [all, one] = [await collector(), await collector()]
  await stream(deployment, https(all.url, { every_org: true } as never))
  await stream(tenant, https(one.url))
  await round()
  expect(new Set(one.batches.flat().map(({ org_id }) => org_id))).toEqual(new Set([tenant.externalId]))
  const of = (name: string) =>
    all.batches.flatMap((events) =>
      events.filter(({ org_id }) => org_id === name).map(({ sequence }) => sequence),
    )
  expect(of(tenant.externalId)).toEqual([1, 2])
  expect(of(other.externalId)).toEqual([1, 2, 3])
  expect(of('#deployment').length).toBeGreaterThan(0)
})

test('two processes at once send no event twice while all goes well', async () => {
  await append(40)
  const siem = await collector()
  await stream(tenant, https(siem.url))
  await Promise.all([round(), round(), round()])
  expect(sequences(siem)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
})

test('a paused stream sends nothing and takes up where it was; a deleted one is gone with its secret', async () => {
  await append(1)
  const siem = await collector()
  const id = await stream(tenant, https(siem.url, { authorization: 'Bearer 0123456789' } as never))
  await round()
  await forOrg(tenant, (tx) => changeStreamIn(tx, tenant, id, { paused: true }))
  await append(2)
  await round()
  expect(sequences(siem)).toEqual([1])
  await forOrg(tenant, (tx) => changeStreamIn(tx, tenant, id, { paused: false }))
  await round()
  expect(sequences(siem)).toEqual([1, 2, 3])
  const view = await getStream(tenant, id)
  expect(view).toMatchObject({ has_authorization: true })
  expect(JSON.stringify(view)).not.toContain('0123456789')
  await forOrg(tenant, (tx) => deleteStreamIn(tx, tenant, id))
  expect(await superuser.sql('SELECT FROM audit_stream_cursors WHERE stream_id = $1', [id])).toEqual([])
})

/** A collector of RFC 5425, with a certificate of its own. */
async function syslogCollector({ cut = false } = {}) {
  const { key, cert } = selfSigned('localhost')
  const state = { received: Buffer.alloc(0), connections: 0, cert, url: '' }
  const server = createTlsServer({ key, cert }, (socket: TLSSocket) => {
    state.connections++
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      state.received = Buffer.concat([state.received, chunk])
      if (cut) for (const raw of raws) raw.resetAndDestroy()
    })
    socket.on('end', () => socket.end())
  })
  const raws: Socket[] = []
  server.on('connection', (raw) => raws.push(raw))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => server.close())
  state.url = `syslog+tls://localhost:${(server.address() as AddressInfo).port}`
  return state
}

/** The messages of a stream of octet-counted frames. */
function messages(bytes: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at)
    const length = Number(bytes.subarray(at, space).toString())
    found.push(bytes.subarray(space + 1, space + 1 + length).toString('utf8'))
    at = space + 1 + length
  }
  return found
}

const syslog = (url: string, ca_pem?: string) =>
  ({
    kind: 'syslog',
    name: 'SIEM',
    url,
    every_org: false,
    since: begun,
    ...(ca_pem && { ca_pem }),
  }) as AuditStreamInput

test('speaks RFC 5424 over TLS in counted octets, to a collector whose certificate it checks', async () => {
  await forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, {
      action: 'tool.executed',
      outcome: 'denied',
      actor: by,
      user_agent: 'größer "]\\',
    }),
  )
  const siem = await syslogCollector()
  const id = await stream(tenant, syslog(siem.url, siem.cert))
  await append(1)
  await round()
  const [first = '', second, ...rest] = messages(siem.received)
  expect(rest).toEqual([])
  expect(first).toMatch(
    /^<108>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ behalf - tool\.executed \[behalf@32473 chain="org_[0-9a-f]{32}" org="org-\d+" sequence="1" outcome="denied" hash="[0-9a-f]{64}"\] \uFEFF\{/,
  )
  expect(JSON.parse(first.slice(first.indexOf('\uFEFF') + 1))).toMatchObject({ user_agent: 'größer "]\\' })
  expect(second).toMatch(/^<110>1 /)
  expect((await getStream(tenant, id)).progress).toMatchObject({ sequence: 2, behind: 0 })
})

test('tells a collector nothing whose certificate nobody vouches for, or that drops the connection', async () => {
  await append(1)
  const stranger = await syslogCollector()
  const id = await stream(tenant, syslog(stranger.url))
  await round()
  expect(stranger.received.length).toBe(0)
  expect((await getStream(tenant, id)).progress).toMatchObject({ behind: 1, error_code: 'egress_network' })
  const dropping = await syslogCollector({ cut: true })
  const other = await stream(tenant, syslog(dropping.url, dropping.cert))
  await round()
  expect((await getStream(tenant, other)).progress).toMatchObject({
    behind: 1,
    error_code: 'connection_lost',
  })
})
