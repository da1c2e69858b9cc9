import { expect, test } from 'vitest'
import { AppError, problemResponse, toAppError } from './index.ts'

const context = { publicUrl: 'http://localhost:3000', traceId: 'a'.repeat(32) }

test('renders the code, its status and the public facts as problem+json', async () => {
  const response = problemResponse(
    new AppError('rate_limited', { detail: 'Slow down.', retry_after_seconds: 7 }),
    context,
  )
  expect(response.status).toBe(429)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('retry-after')).toBe('7')
  expect(await response.json()).toEqual({
    type: 'http://localhost:3000/docs/errors#rate_limited',
    title: 'Too many requests',
    status: 429,
    detail: 'Slow down.',
    code: 'rate_limited',
    trace_id: context.traceId,
    retryable: true,
    retry_after_seconds: 7,
  })
})

test('never shows the text of an unknown error or of what is internal', async () => {
  const unknown = await problemResponse(new Error('canary-driver-text'), context).text()
  const known = new AppError(
    'unavailable',
    {},
    { internal: 'canary-internal', cause: new Error('canary-cause') },
  )
  expect(unknown).not.toContain('canary')
  expect(await problemResponse(known, context).text()).not.toContain('canary')
  expect(toAppError(new Error('canary-driver-text')).internal).toBe('canary-driver-text')
})
