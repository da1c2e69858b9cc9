import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { choicesOf } from './sign-in.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())

async function person(org: string, name: string) {
  await practice.session({ org_id: org, user_id: 'u_1', user: { email: 'ana@both.test', name: 'Ana' } })
  const { orgId } = await practice.tenant(org)
  await superuser.sql('UPDATE organizations SET name = $2 WHERE id = $1', [orgId, name])
  const [row] = await superuser.sql<{ id: string }>('SELECT id FROM end_users WHERE org_id = $1', [orgId])
  return { org: orgId, user: row?.id ?? '' }
}

const domain = (org: string, hostname: string, more: Record<string, unknown>) => {
  const row = { live_since: null, failing_since: null, proven_parent: null, ...more }
  return superuser.sql(
    `INSERT INTO custom_domains (org_id, id, hostname, token, status, created_by, live_since, failing_since, proven_parent)
     VALUES ($1, $2, $3, $3, CASE WHEN $4::timestamptz IS NULL THEN 'pending' ELSE 'live' END, '{}', $4, $5, $6)`,
    [org, randomUUID(), hostname, row.live_since, row.failing_since, row.proven_parent],
  )
}

test('an org that calls itself like another is told apart by the domain that it has proven to be its own', async () => {
  const real = await person('acme', 'Acme')
  const alike = await person('acme_2', 'Acme')
  const claims = await person('acme_3', 'Acme')
  const lost = await person('acme_4', 'Acme')
  await domain(real.org, 'connect.acme.test', { live_since: new Date(), proven_parent: 'acme.test' })
  await domain(claims.org, 'portal.acme.test', {})
  await domain(lost.org, 'once.acme.test', { live_since: new Date(), failing_since: new Date() })
  const choices = await choicesOf([real, alike, claims, lost])
  expect(choices.map(({ name, domain: proven }) => [name, proven])).toEqual([
    ['Acme', 'acme.test'],
    ['Acme', null],
    ['Acme', null],
    ['Acme', null],
  ])
})
