import { expect, test } from 'vitest'
import { returnPath } from './return-path.ts'

const origin = 'https://behalf.example'

test.each([
  ['/console/acme/approvals/ap_1', '/console/acme/approvals/ap_1'],
  [`${origin}/console/acme/approvals?cursor=x`, '/console/acme/approvals?cursor=x'],
  ['/console/a%3Ab%40c/accounts#token=x', '/console/a%3Ab%40c/accounts'],
])('%j is a page to come back to', (wanted, path) => {
  expect(returnPath(wanted, origin)).toBe(path)
})

test.each([
  'https://evil.example/console/acme',
  'http://behalf.example/console/acme',
  'https://behalf.example.evil.test/console/acme',
  'https://behalf.example@evil.test/console/acme',
  'https://evil@behalf.example/console/acme',
  '//evil.example/console/acme',
  '/\\evil.example/console/acme',
  '\\\\evil.example/console/acme',
  '/\t/evil.example/console/acme',
  'javascript:alert(1)//console/',
  'data:text/html,/console/',
  '/console/../oauth/authorize',
  '/console/%2e%2e/connect/x',
  '/console/sign-in?error=x',
  '/consolex/acme',
  '/api/v1/orgs',
  '/',
  '',
  'https://',
  `/console/${'x'.repeat(600)}`,
  ['/console/acme'],
  undefined,
])('%j leads nowhere', (wanted) => {
  expect(returnPath(wanted, origin)).toBeNull()
})
