import { expect, test } from 'vitest'
import type { RequestLine } from '#lib/request-log'
import { replayOf } from './replay.ts'

const line: RequestLine = {
  id: '1',
  at: '2026-01-02T03:04:05.000Z',
  method: 'GET',
  route: '/api/v1/events',
  path: '/api/v1/events',
  query: 'org_id=acme&limit=5',
  fields: [],
  status: 200,
  error_code: null,
  duration_ms: 3,
  actor: { type: 'root_key', id: 'root' },
  key: null,
  tool_name: null,
  trace_id: 'f'.repeat(32),
  dropped: 0,
}

test('a request without a body is repeated as it was', () => {
  const { curl, whole } = replayOf(line, 'http://localhost')
  expect(curl).toContain(`'http://localhost/api/v1/events?org_id=acme&limit=5'`)
  expect(whole).toBe(true)
})

test('of a body the fields are named, and the values are for the reader', () => {
  const called = { ...line, method: 'POST', query: '', fields: ['tool_name', 'params'], tool_name: 'a.b' }
  const { curl, whole } = replayOf(called, 'http://localhost')
  expect(curl).toContain('{"tool_name":"a.b","params":"…"}')
  expect(curl).toContain('$BEHALF_API_KEY')
  expect(whole).toBe(false)
})
