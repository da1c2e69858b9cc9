import { expect, test } from 'vitest'
import { claimsMatch, subjectMatches, subjectProblem } from './subject.ts'

const github = 'https://token.actions.githubusercontent.com'
const cluster = 'https://oidc.cluster.test'

test.for([
  ['repo:acme/app:ref:refs/heads/main', github],
  ['repo:acme/app:environment:Production env', github],
  ['repo:acme/app:*', github],
  ['repo:acme@123456/app@456789:*', github],
  ['repository_owner:acme:environment:production', github],
  ['project_path:acme/tools/app:*', 'https://gitlab.com'],
  ['project_path:acme/app:ref_type:branch:ref:main', 'https://gitlab.acme.test'],
  ['system:serviceaccount:agents:mira', cluster],
  ['system:serviceaccount:agents:*', cluster],
  ['spiffe://acme.test/ns/agents/sa/mira', null],
  ['spiffe://acme.test/ns/agents/sa/mira', 'https://spire.acme.test'],
] as const)('takes %s of %s', ([subject, issuer]) => {
  expect(subjectProblem(subject, issuer, {})).toBeNull()
})

test.for([
  ['repo:*', github],
  ['repo:acme/*', github],
  ['repo:acme*', github],
  ['repo:acme/app*', github],
  ['repo:acme/app', null],
  ['repo:*/app:*', github],
  ['repo:acme/app:ref:*', github],
  ['repo:acme:*', github],
  ['repo:acme/app:environment:*:x', github],
  ['environment:production', github],
  ['environment:production:*', cluster],
  ['project_path:acme:*', 'https://gitlab.com'],
  ['project_path:*', 'https://gitlab.com'],
  ['ref:main', 'https://gitlab.com'],
  ['system:serviceaccount:*', cluster],
  ['system:*', cluster],
  ['*', cluster],
  ['', null],
  [' repo:acme/app:pull_request', github],
  ['repo:acme/app:\u0000', github],
  ['spiffe://acme.test', null],
  ['spiffe://acme.test/', null],
  ['spiffe://acme.test/ns/*', null],
  ['spiffe://acme.test/ns/../mira', null],
  ['spiffe://acme.test/ns//mira', null],
  ['spiffe://ACME.test/mira', null],
  ['spiffe://acme.test:443/mira', null],
  ['spiffe://eve@acme.test/mira', null],
  ['spiffe:acme', cluster],
] as const)('refuses %s of %s', ([subject, issuer]) => {
  expect(subjectProblem(subject, issuer, {})).not.toBeNull()
})

test('takes a subject without an owner of an issuer for everybody where a claim names the owner', () => {
  expect(subjectProblem('environment:production', github, { ref: 'x' })).not.toBeNull()
  expect(subjectProblem('environment:production', github, { repository_owner_id: '42' })).toBeNull()
})

test('compares a subject exactly, and behind an open end only what follows', () => {
  expect(subjectMatches('repo:acme/app:ref:refs/heads/main', 'repo:acme/app:ref:refs/heads/main')).toBe(true)
  for (const other of [
    'repo:acme/app:ref:refs/heads/main2',
    'repo:acme/app:ref:refs/heads/mai',
    'REPO:acme/app:ref:refs/heads/main',
    'repo:acme/app:ref:refs/heads/main ',
  ])
    expect(subjectMatches('repo:acme/app:ref:refs/heads/main', other), other).toBe(false)
  expect(subjectMatches('repo:acme/app:*', 'repo:acme/app:pull_request')).toBe(true)
  for (const other of [
    'repo:acme/app',
    'repo:acme/app:',
    'repo:acme/app2:pull_request',
    'repo:acme/app-evil:x',
    'repo:acme-evil/app:x',
    'x:repo:acme/app:y',
  ])
    expect(subjectMatches('repo:acme/app:*', other), other).toBe(false)
})

test('compares claims value by value', () => {
  expect(claimsMatch({}, { any: 1 })).toBe(true)
  expect(
    claimsMatch({ ref: 'refs/heads/main', run: 1, ok: true }, { ref: 'refs/heads/main', run: 1, ok: true }),
  ).toBe(true)
  for (const claims of [
    {},
    { ref: 'refs/heads/main2' },
    { ref: ['refs/heads/main'] },
    { ref: { toString: () => 'refs/heads/main' } },
    { ref: null },
  ])
    expect(claimsMatch({ ref: 'refs/heads/main' }, claims), JSON.stringify(claims)).toBe(false)
  expect(claimsMatch({ run: 1 }, { run: '1' })).toBe(false)
  // What every object inherits is no claim of the token's.
  expect(claimsMatch({ constructor: 'x' }, {})).toBe(false)
})
