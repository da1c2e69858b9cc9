import { expect, test } from 'vitest'
import { publicBody, redactSecrets } from '../content/own-secrets.ts'
import { addressOf } from './tool-http.ts'

const secret = 'tok/en+with"odd=chars_0123456789'

test('takes a secret out of an answer in every spelling that it may come back in', () => {
  const spellings = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ]
  const clean = redactSecrets(spellings.join(' and '), [secret])
  for (const spelling of spellings) expect(clean).not.toContain(spelling)
  expect(redactSecrets('nothing here', [secret])).toBe('nothing here')
})

test('shows a refusal whole when it is small, and cut when it is not', () => {
  expect(publicBody({ a: 1 }, '{"a":1}')).toEqual({ a: 1 })
  expect(publicBody(null, 'x'.repeat(9_000))).toHaveLength(4_000)
})

test.each([
  '//evil.test/x',
  '/a/../b',
  '/a/..',
  '/..%2f',
  '/a\\b',
  '/a?x=1',
  '/a#b',
  '/a\r\nb',
  'relative',
  '/./a',
  '/%2e%2e/b',
])('refuses to call %j', (path) => {
  expect(() => addressOf('https://api.test', path, undefined)).toThrow()
})

test('keeps a value that looks like a path within its place', () => {
  expect(addressOf('https://api.test/v1/', '/items/a%2Fb', { q: ['x', 'y'], none: undefined }).href).toBe(
    'https://api.test/v1/items/a%2Fb?q=x&q=y',
  )
})
