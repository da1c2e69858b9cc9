import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { buildOpenApi, clientAddress, contract, openCursor, page, parse, uuidShape } from './index.ts'
import { readJson, readQuery } from './read-request.ts'

const body = (text: BodyInit | null, type: string | null = 'application/json') =>
  new Request('http://x/', {
    method: 'POST',
    body: text,
    headers: type === null ? {} : { 'content-type': type },
  })
const refusal = (code: string) => expect.objectContaining({ code })

test('reads JSON of its own content type, at most 1 MiB of it, and nothing where there is none', async () => {
  expect(await readJson(body('{"a":1}'))).toEqual({ a: 1 })
  expect(await readJson(body('{"a":1}', 'application/json; charset=utf-8'))).toEqual({ a: 1 })
  expect(await readJson(new Request('http://x/', { method: 'POST' }))).toBeUndefined()
  await expect(readJson(body('{"a"'))).rejects.toEqual(refusal('invalid_json'))
  await expect(readJson(body('a=1', 'text/plain'))).rejects.toEqual(refusal('unsupported_media_type'))
  await expect(readJson(body('a=1', 'application/x-www-form-urlencoded'))).rejects.toEqual(
    refusal('unsupported_media_type'),
  )
  await expect(readJson(body(new Uint8Array([0x22, 0xff, 0x22])))).rejects.toEqual(refusal('invalid_json'))
  await expect(readJson(body(`"${'x'.repeat(1024 * 1024)}"`))).rejects.toEqual(refusal('payload_too_large'))
})

test('refuses a NUL character wherever it stands, and takes the text that only looks like one', async () => {
  for (const hidden of ['{"a":"x\\u0000"}', '{"a":{"b":["\\u0000"]}}', '{"x\\u0000":1}']) {
    await expect(readJson(body(hidden))).rejects.toEqual(refusal('invalid_request'))
  }
  expect(await readJson(body('{"a":"\\\\u0000"}'))).toEqual({ a: '\\u0000' })
  expect(() => readQuery(new URL('http://x/?actor=a%00b'))).toThrow(refusal('invalid_request'))
})

test('refuses half a character wherever it stands, and takes a whole one', async () => {
  for (const half of ['{"a":"x\\ud800"}', '{"a":{"b":["\\uDC00\\ud83d"]}}', '{"\\udfff":1}'])
    await expect(readJson(body(half))).rejects.toEqual(refusal('invalid_request'))
  expect(await readJson(body('{"a":"\\ud83d\\ude00 \\\\ud800"}'))).toEqual({ a: '😀 \\ud800' })
})

test('refuses what is nested without end before anything walks it', async () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${'{"a":1}'}${']'.repeat(levels)}`
  for (const levels of [64, 1_000, 500_000])
    await expect(readJson(body(nested(levels)))).rejects.toEqual(refusal('invalid_request'))
  await expect(readJson(body(nested(63)))).resolves.toBeDefined()
})

test('names every field that does not fit, unknown ones by their own name', () => {
  const schema = z.strictObject({ a: z.number(), deep: z.strictObject({ b: z.string() }) })
  const thrown = (() => {
    try {
      return parse(schema, { a: 'x', deep: { b: 'y', role: 'admin' }, tenant_id: 1 }, 'body')
    } catch (error) {
      return error
    }
  })() as { facts: { errors: { path: string }[] } }
  expect(thrown.facts.errors.map(({ path }) => path).sort()).toEqual(['a', 'deep.role', 'tenant_id'])
})

test('takes a query parameter once', () => {
  expect(readQuery(new URL('http://x/?a=1&b=2'))).toEqual({ a: '1', b: '2' })
  expect(() => readQuery(new URL('http://x/?a=1&a=2'))).toThrow(refusal('invalid_request'))
})

test('pages forward through cursors of its own making only', () => {
  const rows = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
  expect(page(rows, 3, ({ id }) => id)).toEqual({ data: rows, has_more: false, next_cursor: null })
  const first = page(rows, 2, () => '0190a0b0-c0d0-70e0-8000-000000000001')
  expect(first).toMatchObject({ data: rows.slice(0, 2), has_more: true })
  expect(openCursor(first.next_cursor ?? '', uuidShape)).toBe('0190a0b0-c0d0-70e0-8000-000000000001')
  for (const forged of ['x', Buffer.from("' or 1=1").toString('base64url'), '%00']) {
    expect(() => openCursor(forged, uuidShape)).toThrow(refusal('invalid_request'))
  }
})

test('believes forwarded addresses only behind a proxy that is trusted', async () => {
  const headers = new Headers({ 'x-forwarded-for': '198.51.100.9, 203.0.113.5', 'x-behalf-peer': '10.0.0.1' })
  vi.stubEnv('DATABASE_URL', 'postgres://a@127.0.0.1/b')
  vi.stubEnv('BEHALF_MASTER_KEY', Buffer.alloc(32).toString('base64'))
  vi.stubEnv('BEHALF_SESSION_SECRET', 's'.repeat(32))
  vi.stubEnv('BEHALF_TRUSTED_PROXIES', '10.0.0.0/8')
  expect(clientAddress(headers)).toBe('203.0.113.5')
  expect(
    clientAddress(new Headers({ 'x-forwarded-for': '198.51.100.9', 'x-behalf-peer': '192.0.2.1' })),
  ).toBe('192.0.2.1')
  expect(clientAddress(new Headers({ 'x-forwarded-for': 'junk', 'x-behalf-peer': '10.0.0.1' }))).toBe(
    '10.0.0.1',
  )
  expect(clientAddress(new Headers())).toBeNull()
  vi.unstubAllEnvs()
})

test('describes an operation with the schemas that parse it', () => {
  const get = contract({
    operationId: 'getThing',
    method: 'GET',
    path: '/api/v1/things/{id}',
    tag: 'Things',
    summary: 'Read a thing',
    audit: { none: 'a read' },
    status: 200,
    params: z.object({ id: z.string() }),
    output: z.object({ id: z.string() }),
    errors: ['not_found'],
  })
  const document = buildOpenApi([get], { publicUrl: 'http://x', version: '1' })
  expect(document.paths['/api/v1/things/{id}']?.get).toMatchObject({
    operationId: 'getThing',
    parameters: [{ name: 'id', in: 'path', required: true }],
    responses: {
      200: { description: 'Success' },
      404: { description: expect.stringContaining('not_found') },
    },
    'x-audit': 'none: a read',
  })
})

test.each([
  ['a NUL', 'left\0out'],
  ['half a character', 'left\ud800out'],
])('%s in a form is said at its field, before a database refuses it', (_, reason) => {
  expect(() => parse(z.object({ reason: z.string() }), { reason }, 'form')).toThrow(
    expect.objectContaining({ code: 'invalid_request', facts: expect.objectContaining({ param: 'reason' }) }),
  )
})
