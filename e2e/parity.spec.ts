// The hot routes are served without Next, and by Next as well: whoever asks must not be able to tell.

import { connect } from 'node:net'
import { instance } from '../scripts/testing/instance.ts'
import { expect, test } from './support/test.ts'

type Asked = {
  method?: string
  path: string
  headers?: Record<string, string | string[]>
  body?: string
  version?: string
  origin?: boolean
}
type Told = { status: number; headers: Map<string, string>; body: string }

const { hostname, port } = new URL(instance().publicUrl)
const host = `${hostname}:${port}`

/** Byte by byte, as no client would let itself be told to. */
function send({ method = 'GET', path, headers = {}, body, version = '1.1', origin }: Asked): Promise<Told> {
  const lines = Object.entries({
    host,
    connection: 'close',
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  }).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`))
  const target = origin ? `http://${host}${path}` : path
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port) })
    const chunks: Buffer[] = []
    const ended = () => {
      const text = Buffer.concat(chunks).toString()
      if (text !== '') resolve(parsed(text))
    }
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', ended)
    // A body that is refused before it was read ends the connection.
    socket.on('error', (error) => (chunks.length > 0 ? ended() : reject(error)))
    socket.write(`${method} ${target} HTTP/${version}\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
  })
}

function parsed(text: string): Told {
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = new Map(
    lines.map((one) => {
      const at = one.indexOf(':')
      return [one.slice(0, at).toLowerCase(), one.slice(at + 1).trim()] as const
    }),
  )
  const raw = text.slice(end + 4)
  const body = headers.get('transfer-encoding') === 'chunked' ? unchunked(raw) : raw
  return { status: Number(line.split(' ')[1]), headers, body }
}

function unchunked(text: string): string {
  let whole = ''
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    const end = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.subarray(0, end).toString(), 16)
    if (!(size > 0)) break
    whole += rest.subarray(end + 2, end + 2 + size).toString()
    rest = rest.subarray(end + 4 + size)
  }
  return whole
}

/** What a client goes by. What Next says for its own pages is no part of it. */
const telling = [
  'allow',
  'cache-control',
  'content-type',
  'idempotency-replayed',
  'location',
  'retry-after',
  'content-security-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'strict-transport-security',
  'www-authenticate',
  'x-content-type-options',
]

function seen({ status, headers, body }: Told) {
  const json = body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : null
  const told = json && {
    ...json,
    trace_id: typeof json.trace_id,
    execution_id: typeof json.execution_id,
    duration_ms: 0,
  }
  return {
    status,
    ...Object.fromEntries(telling.map((name) => [name, headers.get(name) ?? null])),
    traced: /^[0-9a-f]{32}$/.test(headers.get('x-request-id') ?? ''),
    body: told ?? body,
  }
}

/** The same request as it goes to Next: one that names no host, which HTTP/1.0 lets it do. */
const byNext = ({ headers = {}, origin: _, ...asked }: Asked): Asked => ({
  ...asked,
  headers: { ...headers, host: [] },
  version: '1.0',
})
const key = { authorization: `Bearer ${instance().rootKey}` }
const json = { ...key, 'content-type': 'application/json' }
const execute = '/api/v1/tools/execute'
const tools = '/api/v1/tools'
const absent = JSON.stringify({ org_id: 'no-such-org', user_id: 'u', tool_name: 'sandbox.list_tasks' })

const asked: readonly [string, Asked][] = [
  ['a list', { path: `${tools}?limit=2`, headers: key }],
  ['the next page of it', { path: `${tools}?limit=2&cursor=bm90LWEtY3Vyc29y`, headers: key }],
  ['a query that does not fit', { path: `${tools}?limit=0`, headers: key }],
  ['a parameter given twice', { path: `${tools}?q=a&q=b`, headers: key }],
  ['nobody', { path: tools }],
  ['a stranger', { path: tools, headers: { authorization: 'Bearer bhf_sk_nobody_nobody_nobody' } }],
  [
    'a credential given twice',
    { path: tools, headers: { authorization: [key.authorization, key.authorization] } },
  ],
  ['an organization that there is not', { method: 'POST', path: execute, headers: json, body: absent }],
  ['a field that there is not', { method: 'POST', path: execute, headers: json, body: '{"tenant_id":1}' }],
  ['what is no JSON', { method: 'POST', path: execute, headers: json, body: '{"a"' }],
  ['what is no UTF-8', { method: 'POST', path: execute, headers: json, body: '"\udfff"' }],
  [
    'another type',
    { method: 'POST', path: execute, headers: { ...key, 'content-type': 'text/plain' }, body: 'a=1' },
  ],
  ['no type', { method: 'POST', path: execute, headers: key, body: '{}' }],
  [
    'a type given twice',
    {
      method: 'POST',
      path: execute,
      headers: { ...key, 'content-type': ['application/json', 'application/json'] },
      body: absent,
    },
  ],
  ['no body', { method: 'POST', path: execute, headers: json }],
  [
    'too large a body',
    { method: 'POST', path: execute, headers: json, body: `{"a":"${'x'.repeat(1024 * 1024)}"}` },
  ],
  [
    'a body in chunks',
    {
      method: 'POST',
      path: execute,
      headers: { ...json, 'transfer-encoding': 'chunked', 'content-length': [] },
      body: `${absent.length.toString(16)}\r\n${absent}\r\n0\r\n\r\n`,
    },
  ],
  [
    'a key that is none',
    { method: 'POST', path: execute, headers: { ...json, 'idempotency-key': 'x'.repeat(256) }, body: absent },
  ],
  ['the wrong method', { path: execute, headers: key }],
  ['the wrong method, by nobody', { method: 'DELETE', path: tools }],
  ['a method of its own', { method: 'PURGE', path: tools, headers: key }],
  ['HEAD', { method: 'HEAD', path: tools, headers: key }],
  ['HEAD of what has no GET', { method: 'HEAD', path: execute, headers: key }],
  ['OPTIONS', { method: 'OPTIONS', path: execute, headers: key }],
  ['HTTP/1.0', { path: `${tools}?limit=1`, headers: key, version: '1.0' }],
  ['HTTP/1.0 with a body', { method: 'POST', path: execute, headers: json, body: absent, version: '1.0' }],
  ['an address in the request line', { path: `${tools}?limit=1`, headers: key, origin: true }],
  ['a method that is spelt small', { method: 'get', path: tools, headers: key }],
  [
    'a tenant that the client chose',
    { path: `${tools}?limit=1`, headers: { ...key, 'x-behalf-host': 'evil.test' } },
  ],
]

for (const [what, request] of asked) {
  test(`${what}: the same answer with Next and without`, async () => {
    const [straight, next] = [await send(request), await send(byNext(request))]
    expect(seen(straight)).toEqual(seen(next))
    expect(straight.status).toBeGreaterThan(0)
  })
}

test('one that names no host is served by Next, and the other is not', async () => {
  const [straight, next] = [
    await send({ path: `${tools}?limit=1`, headers: key }),
    await send(byNext({ path: `${tools}?limit=1`, headers: key })),
  ]
  expect([straight.status, next.status]).toEqual([200, 200])
  expect(next.headers.get('vary') ?? '').toMatch(/rsc/i)
  expect(straight.headers.get('vary') ?? '').not.toMatch(/rsc/i)
})
