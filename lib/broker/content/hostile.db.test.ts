import { createServer, type Server } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { gql, segment, type Tool, tool } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { brokerAt } from '../upstream/testing.ts'

// A provider that is looked at byte by byte, and that says back what it was told (THREATS.md B2, B3, B4).

type Answer = { status?: number; headers?: Record<string, string>; body: string | Buffer }
let practice: Practice
let server: Server
let at: ReturnType<typeof brokerAt>
let account = ''
let raw: string[] = []
let answer: (request: string) => Answer = () => ({ body: '{}' })

const passes = (name: string, effect: 'read' | 'write', run: Tool['run']): Tool =>
  tool({
    name: `sandbox.${name}`,
    title: name,
    description: name,
    scopes: [['tasks:read']],
    effect,
    idempotent: effect === 'read',
    input: z.strictObject({ id: z.string().default(''), text: z.string().default('') }),
    output: z.unknown(),
    run,
  })
type Given = { id: string; text: string }
const extra = [
  passes('by_path', 'read', ({ input, http }) =>
    http.get(`/api/things/${segment((input as Given).id)}/parts`),
  ),
  passes('by_query', 'read', ({ input, http }) =>
    http.get('/api/things', { query: { q: (input as Given).text, limit: 5 } }),
  ),
  passes('by_header', 'read', ({ input, http }) =>
    http.get('/api/things', { headers: { 'x-text': (input as Given).text } }),
  ),
  passes('by_graphql', 'read', ({ input, http }) =>
    http.graphql(gql`query($id: ID!) { thing(id: $id) { name } }`, { id: (input as Given).text }),
  ),
  // One that forgot `segment`.
  passes('by_bare_path', 'read', ({ input, http }) => http.get(`/api/things/${(input as Given).id}`)),
  passes('by_whole_path', 'read', ({ input, http }) => http.get((input as Given).text)),
  passes('writes', 'write', ({ input, http }) =>
    http.post('/api/things', { json: { text: (input as Given).text } }),
  ),
]

beforeAll(async () => {
  practice = await startPractice()
  account = (await practice.connectAccount({ org: 'acme', user: 'u_1' })).connected_account_id ?? ''
  server = createServer((socket) => {
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (end < 0 || text.length < end + 4 + length) return
      raw.push(text)
      const { status = 200, headers = {}, body } = answer(text)
      const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
        ([name, value]) => `${name}: ${value}`,
      )
      socket.write(
        `HTTP/1.1 ${status} X\r\n${lines.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`,
      )
      socket.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  at = brokerAt(practice, { baseUrls: { base: `http://127.0.0.1:${port}` } }, extra)
})
afterAll(async () => {
  await at.close()
  server.close()
  await practice.stop()
})

async function run(name: string, params: object, answering: typeof answer = () => ({ body: '{}' })) {
  raw = []
  answer = answering
  const result = await at
    .run({ connected_account_id: account, tool_name: `sandbox.${name}`, params })
    .then((done) => ('output' in done ? done : expect.unreachable('it waits')))
    .catch((error: unknown) => (error instanceof AppError ? error : Promise.reject(error)))
  return { result, sent: raw }
}
const token = () =>
  /authorization: Bearer (\S+)/i.exec(raw[0] ?? '')?.[1] ?? expect.unreachable('no token was sent')

test.each([
  '../../admin',
  '..%2f..%2fadmin',
  '%2e%2e/admin',
  'a/b',
  '//evil.test/x',
  'x?admin=1',
  'x#y',
  'a\\b',
  '@evil.test',
  'a\r\nHost: evil.test\r\n\r\nGET /admin HTTP/1.1',
  'a\nX: y',
  ' a b ',
  '\u0000',
  'é',
])('a value stays within its place of a path, whatever it is: %j', async (id) => {
  const { sent, result } = await run('by_path', { id })
  expect(result).not.toBeInstanceOf(AppError)
  expect(sent).toHaveLength(1)
  const [line = '', ...headers] = (sent[0] ?? '').split('\r\n\r\n')[0]?.split('\r\n') ?? []
  expect(line).toBe(`GET /api/things/${encodeURIComponent(id)}/parts HTTP/1.1`)
  expect(headers.filter((header) => /^host:/i.test(header))).toHaveLength(1)
  expect(headers.join('\n')).not.toMatch(/evil|^x:/im)
})

test.each(['.', '..', ''])('a value that would climb or vanish sends nothing: %j', async (id) => {
  const { sent, result } = await run('by_path', { id })
  expect([sent, result]).toEqual([[], expect.any(AppError)])
})

test.each(['../admin', 'x/../../admin', 'x?admin=1', 'x#y', 'a\\b', 'a\r\nHost: evil.test', '%2e%2e/admin'])(
  'a tool that forgot to encode sends nothing either: %j',
  async (id) => {
    const { sent, result } = await run('by_bare_path', { id })
    expect([sent, result]).toEqual([[], expect.objectContaining({ code: 'invalid_request' })])
  },
)

test.each(['//evil.test/x', 'http://evil.test/x', '@evil.test/', '\\\\evil.test', '/\\evil.test', '', 'api'])(
  'no address leads to another host, and no token with it: %j',
  async (text) => {
    const { sent, result } = await run('by_whole_path', { text })
    expect([sent, result]).toEqual([[], expect.any(AppError)])
  },
)

test('a value is one value of a query, and cannot add another or a header', async () => {
  const text = 'x&limit=999&admin=1#y\r\nX: y'
  const { sent } = await run('by_query', { text })
  const [, query = ''] = /^GET \/api\/things\?(\S+) HTTP/.exec(sent[0] ?? '') ?? []
  expect([...new URLSearchParams(query)]).toEqual([
    ['q', text],
    ['limit', '5'],
  ])
  for (const bad of ['a\r\nX-Evil: 1', 'a\nb']) {
    const header = await run('by_header', { text: bad })
    expect([header.sent, header.result]).toEqual([[], expect.any(AppError)])
  }
})

test('a value of GraphQL is a variable and never part of the query', async () => {
  const text = '1") { name } secrets(all: true) { value } #'
  const { sent } = await run('by_graphql', { text }, () => ({ body: '{"data":{"thing":null}}' }))
  const body = JSON.parse(sent[0]?.split('\r\n\r\n')[1] ?? '')
  expect(body).toEqual({ query: 'query($id: ID!) { thing(id: $id) { name } }', variables: { id: text } })
})

const hex = (text: string) => Buffer.from(text).toString('hex')
const escaped = (text: string) =>
  [...text].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const echoes: readonly [string, (token: string, request: string) => Answer][] = [
  ['in the body', (secret) => ({ body: JSON.stringify({ said: secret }) })],
  ['as the whole request', (_, request) => ({ body: JSON.stringify({ said: request }) })],
  ['as a name of a field', (secret) => ({ body: JSON.stringify({ [secret]: 1 }) })],
  ['with every letter escaped', (secret) => ({ body: `{"said":"${escaped(secret)}"}` })],
  [
    'with every letter escaped, in an error',
    (secret) => ({ status: 422, body: `{"said":"${escaped(secret)}"}` }),
  ],
  [
    'escaped twice for a URL',
    (secret) => ({
      body: JSON.stringify({ said: encodeURIComponent(encodeURIComponent(`token=${secret}`)) }),
    }),
  ],
  ['in large hexadecimal', (secret) => ({ body: JSON.stringify({ said: hex(secret).toUpperCase() }) })],
  ['in JSON inside JSON', (secret) => ({ body: JSON.stringify({ said: JSON.stringify({ secret }) }) })],
  [
    'in a URL',
    (secret) => ({ body: JSON.stringify({ said: `https://x.test/?t=${encodeURIComponent(secret)}` }) }),
  ],
  [
    'in Base64 of a header',
    (secret) => ({ body: JSON.stringify({ said: Buffer.from(`Bearer ${secret}`).toString('base64') }) }),
  ],
  [
    'in Base64 in lines',
    (secret) => ({
      body: JSON.stringify({
        said: Buffer.from(`a: ${secret}`).toString('base64').replaceAll(/.{16}/g, '$&\n'),
      }),
    }),
  ],
  ['in hexadecimal', (secret) => ({ body: JSON.stringify({ said: hex(secret) }) })],
  [
    'under gzip',
    (secret) => ({
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify({ said: secret })),
    }),
  ],
  [
    'in a header of the answer',
    (secret) => ({
      headers: { 'x-echo': secret, link: `<http://127.0.0.1/?t=${secret}>; rel="next"` },
      body: '{"said":"[redacted]"}',
    }),
  ],
  ['in an error', (secret) => ({ status: 422, body: JSON.stringify({ error: `bad token ${secret}` }) })],
  ['in an error that is no JSON', (secret) => ({ status: 400, body: `<p>${secret}</p>` })],
]
test.each(echoes)('our token does not come back %s, from a read or a write', async (_, echo) => {
  for (const name of ['by_query', 'writes']) {
    const { result } = await run(name, { text: 'x' }, (request) =>
      echo(/authorization: Bearer (\S+)/i.exec(request)?.[1] ?? '', request),
    )
    const secret = token()
    expect(secret.length).toBeGreaterThan(20)
    const seen =
      result instanceof AppError ? JSON.stringify([result.facts, result.message]) : JSON.stringify(result)
    expect(seen).toContain('[redacted]')
    const decoded = [...seen.matchAll(/[A-Za-z0-9+/=_-]{16,}/g)].flatMap(([run64]) => [
      Buffer.from(run64, 'base64').toString('latin1'),
      Buffer.from(run64, 'hex').toString('latin1'),
    ])
    for (const text of [seen, seen.replaceAll('\\n', ''), ...decoded])
      expect(text).not.toContain(secret.slice(4, 24))
    if (!(result instanceof AppError))
      expect(result.content).toMatchObject({ trust: 'untrusted_provider_data' })
  }
})

test('what we share with the provider, the secret of our client, is no more told than a token', async () => {
  const secret = 'practice-client-secret-0123456789'
  const read = await run('by_query', {}, () => ({ body: JSON.stringify({ app: { secret } }) }))
  expect(read.result).toMatchObject({ output: { app: { secret: '[redacted]' } } })
  const failed = await run('writes', {}, () => ({ status: 422, body: JSON.stringify({ said: hex(secret) }) }))
  expect(failed.result).toMatchObject({ facts: { upstream: { body: { said: '[redacted]' } } } })
})

test('secrets of others are taken out of answers and errors, and an ordinary answer is told as it is', async () => {
  const key = `gh${'p_'}${'aB3dE5gH7jK9mN1pQ2sT4vW6yZ8xC0fG2hJ4'}`
  const { result } = await run('by_query', {}, () => ({ body: JSON.stringify({ file: `KEY=${key}\n` }) }))
  expect(result).toMatchObject({
    output: { file: 'KEY=[redacted:github_token]\n' },
    content: { redactions: 1, masked: {} },
  })
  const failed = await run('by_query', {}, () => ({ status: 422, body: JSON.stringify({ error: key }) }))
  expect(failed.result).toMatchObject({
    code: 'upstream_rejected',
    facts: { upstream: { body: { error: '[redacted:github_token]' } } },
  })
  const plain = await run('by_query', {}, () => ({ body: '{"file":"nothing"}' }))
  expect(Object.keys(plain.result).sort()).toEqual([
    'duration_ms',
    'execution_id',
    'output',
    'status',
    'trace_id',
  ])
})

test('an answer that is too long is refused where it was read, and left out where something was done', async () => {
  const long = () => ({ body: JSON.stringify({ text: 'x'.repeat(1024 * 1024) }) })
  const read = await run('by_query', {}, long)
  expect(read.result).toMatchObject({
    code: 'upstream_error',
    facts: { retryable: false, detail: expect.stringContaining('Ask for less') },
  })
  const wrote = await run('writes', {}, long)
  expect(wrote.result).toMatchObject({ status: 'succeeded', output: null, content: { omitted: 'too_large' } })
})
