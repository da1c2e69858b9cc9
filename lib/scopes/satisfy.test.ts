import { expect, test } from 'vitest'
import { connectors } from '#connectors'
import { expand, satisfied } from './satisfy.ts'

const implies = { repo: ['public_repo', 'repo:status'], public_repo: ['public:read'] }

test('takes an alternative only when all of its scopes are held', () => {
  const alternatives = [['repo'], ['public_repo', 'read:org']]
  expect(satisfied(alternatives, new Set(['public_repo']))).toBeNull()
  expect(satisfied(alternatives, new Set(['public_repo', 'read:org']))).toEqual(['public_repo', 'read:org'])
  expect(satisfied(alternatives, new Set(['repo']))).toEqual(['repo'])
})

test('counts what a scope carries, however deep, and never the reverse', () => {
  expect([...expand(['repo'], implies)]).toEqual(['repo', 'public_repo', 'repo:status', 'public:read'])
  expect(expand(['public_repo'], implies).has('repo')).toBe(false)
})

test('ends on scopes that carry each other', () => {
  expect([...expand(['a'], { a: ['b'], b: ['a'] })]).toEqual(['a', 'b'])
})

const carries = (connector: string, wide: string) => [...expand([wide], connectors[connector]?.implies ?? {})]

test.each([
  [
    'google',
    'https://www.googleapis.com/auth/drive',
    'https://www.googleapis.com/auth/drive.metadata.readonly',
  ],
  ['google', 'https://www.googleapis.com/auth/calendar', 'https://www.googleapis.com/auth/calendar.events'],
  ['google', 'https://mail.google.com/', 'https://www.googleapis.com/auth/gmail.send'],
  ['github', 'repo', 'notifications'],
])('knows of %s that %s carries %s, and not the reverse', (connector, wide, narrow) => {
  expect(carries(connector, wide)).toContain(narrow)
  expect(carries(connector, narrow)).not.toContain(wide)
})
