import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { getAccount } from '#lib/consent'
import { deployment, forOrg } from '#lib/db'
import { authenticateMember, inviteMemberIn, noteSignInIn } from '#lib/identity'
import type { MemberRole } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { getRevocation, getRevocationRequest, listRevocationRequests, otherApprovers } from '../index.ts'
import { requestOfRevocation } from './revocation-requests.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const refusal = (code: string, message = /./) =>
  expect.objectContaining({ name: 'AppError', code, message: expect.stringMatching(message) })

async function connected(org: string, user: string, person = 'ana') {
  const session = await practice.connectAccount({ org, user, person })
  const tenant = await practice.tenant(org)
  return { tenant, id: parseId('connected_account', session.connected_account_id ?? '') ?? '' }
}
const statusOf = async ({ tenant, id }: Awaited<ReturnType<typeof connected>>) =>
  (await getAccount(tenant, id)).status

async function member(home: Tenant, email: string, role: MemberRole = 'owner') {
  const { id } = await forOrg(home, (tx) => inviteMemberIn(tx, home, practice.caller, { email, role }))
  const { caller } = await authenticateMember({ memberId: parseId('member', id) ?? '', sessionVersion: 1 })
  return caller
}
type Admin = Awaited<ReturnType<typeof member>>

const everything = { filter: { all: true }, reason: 'an incident', accounts: 1, stopId: null }
const ask = (tenant: Tenant, by: Admin, filter: Record<string, string | boolean> = { all: true }) =>
  practice.connect.askForRevocation(tenant, by, { ...everything, filter }, origin)
const internal = (id: string) => parseId('revocation_request', id) ?? ''
const approve = (tenant: Tenant, by: Admin, { id }: { id: string }) =>
  practice.connect.approveRevocation(tenant, by, internal(id), origin)
const actionsOf = async (tenant: Tenant, action: string) =>
  (await listAudit(tenant, { action }, null, 10)).length

test('nothing is revoked before another person approves; then everything is, once, and the audit names both', async () => {
  const account = await connected('two', 'u_1')
  const { tenant } = account
  const [ana, ben] = [
    await member(tenant, 'ana@two.test'),
    await member(tenant, 'ben@two.test', 'security_admin'),
  ]
  const request = await ask(tenant, ana)
  expect(request).toMatchObject({
    status: 'pending',
    requested_by: { email: 'ana@two.test', operator: false },
  })
  expect(await statusOf(account)).toBe('active')
  // Connected while it waited: everything is everything.
  const later = await connected('two', 'u_2', 'ben')

  const { data } = await approve(tenant, ben, request)
  expect(data[0]).toMatchObject({ filter: { all: true }, reason: 'an incident', accounts: { stopped: 2 } })
  expect([await statusOf(account), await statusOf(later)]).toEqual(['revoked', 'revoked'])
  const ended = await getRevocationRequest(tenant, internal(request.id))
  expect(ended).toMatchObject({ status: 'approved', decided_by: { email: 'ben@two.test' } })
  expect(ended.revocation_id).toBe(data[0]?.id)
  expect(await requestOfRevocation(tenant, parseId('revocation', data[0]?.id ?? '') ?? '')).toEqual(ended)
  const [both] = await listAudit(tenant, { action: 'connected_accounts.revoked' }, null, 1)
  expect(both?.details).toMatchObject({
    request_id: request.id,
    requested_by: request.requested_by.id,
    approved_by: ended.decided_by?.id,
  })
  expect(await actionsOf(tenant, 'revocation.requested')).toBe(1)
  expect(await actionsOf(tenant, 'revocation.approved')).toBe(1)

  const third = await connected('two', 'u_3', 'cleo')
  await expect(approve(tenant, ben, request)).rejects.toEqual(refusal('conflict', /approved already/))
  expect(await statusOf(third)).toBe('active')
})

test('one person is never two: not by the same row, address or account at an identity provider', async () => {
  const account = await connected('sole', 'u_1')
  const { tenant } = account
  const ana = await member(tenant, 'ana@sole.test')
  const asOperator = await member(deployment, 'Ana@sole.test')
  const bySso = await member(deployment, 'a.ananova@sole.test')
  await superuser.sql(`UPDATE members SET iss = 'https://idp.test', sub = 'ana' WHERE id = ANY($1::uuid[])`, [
    [ana.memberId, bySso.memberId],
  ])
  const request = await ask(tenant, ana)
  for (const by of [ana, asOperator, bySso])
    await expect(approve(tenant, by, request)).rejects.toEqual(refusal('forbidden', /second person/))
  expect(await otherApprovers(tenant, ana)).toEqual([])
  expect(await statusOf(account)).toBe('active')
  // Nor where the application would let it through.
  await expect(
    superuser.sql(
      `WITH made AS (INSERT INTO mass_revocations (org_id, id, batch_id, filter, reason, status, created_by)
         VALUES ($1, gen_random_uuid(), gen_random_uuid(), '{}', '', 'running', '{}') RETURNING id)
       UPDATE revocation_requests SET status = 'approved', decided_by = requested_by, revocation_id = made.id
       FROM made WHERE org_id = $1`,
      [tenant.orgId],
    ),
  ).rejects.toThrow(/check constraint/)

  // Whoever was invited, and has not come, is nobody to wait for.
  const operator = await member(deployment, 'op@sole.test')
  expect(await otherApprovers(tenant, ana)).toEqual([])
  await forOrg(deployment, (tx) => noteSignInIn(tx, operator, 'link'))
  expect((await otherApprovers(tenant, ana)).map(({ email }) => email)).toEqual(['op@sole.test'])
  await approve(tenant, operator, request)
  expect(await statusOf(account)).toBe('revoked')
  await superuser.sql('UPDATE members SET disabled_at = now() WHERE id = ANY($1::uuid[])', [
    [operator.memberId, asOperator.memberId, bySso.memberId],
  ])
})

test('what was asked for cannot be changed afterwards, and of two approvals at once one revokes', async () => {
  const { tenant } = await connected('once', 'u_1')
  const [ana, ben, cleo] = [
    await member(tenant, 'ana@once.test'),
    await member(tenant, 'ben@once.test'),
    await member(tenant, 'cleo@once.test'),
  ]
  const request = await ask(tenant, ana)
  await expect(ask(tenant, ben)).rejects.toEqual(refusal('conflict', /asked for already/))
  for (const change of [`filter = '{"all": true, "x": 1}'`, `expires_at = now() + interval '1 year'`])
    await expect(
      forOrg(tenant, (tx) => tx.$executeRawUnsafe(`UPDATE revocation_requests SET ${change}`)),
    ).rejects.toThrow(/permission denied/)
  const both = await Promise.allSettled([approve(tenant, ben, request), approve(tenant, cleo, request)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await actionsOf(tenant, 'connected_accounts.revoked')).toBe(1)
})

test('a request that is denied, withdrawn or run out revokes nothing any more', async () => {
  const account = await connected('over', 'u_1')
  const { tenant } = account
  const [ana, ben] = [await member(tenant, 'ana@over.test'), await member(tenant, 'ben@over.test')]
  const { denyRevocation, withdrawRevocation, resumeRevocations } = practice.connect
  const denied = await ask(tenant, ana)
  await expect(denyRevocation(tenant, ana, internal(denied.id), null, origin)).rejects.toEqual(
    refusal('forbidden', /Withdraw it/),
  )
  await denyRevocation(tenant, ben, internal(denied.id), 'A false alarm', origin)
  const withdrawn = await ask(tenant, ana)
  await expect(withdrawRevocation(tenant, ben, internal(withdrawn.id), origin)).rejects.toEqual(
    refusal('forbidden'),
  )
  await withdrawRevocation(tenant, ana, internal(withdrawn.id), origin)
  const late = await ask(tenant, ana)
  await superuser.sql(
    `UPDATE revocation_requests SET expires_at = now() - interval '1 second' WHERE id = $1`,
    [internal(late.id)],
  )
  for (const [request, why] of [
    [denied, /denied/],
    [withdrawn, /withdrawn/],
    [late, /expired/],
  ] as const)
    await expect(approve(tenant, ben, request)).rejects.toEqual(refusal('conflict', why))
  await resumeRevocations(tenant)
  expect(await actionsOf(tenant, 'revocation.expired')).toBe(1)
  expect((await listRevocationRequests(tenant, 10)).map(({ status }) => status)).toEqual([
    ...['expired', 'withdrawn', 'denied'],
  ])
  expect((await getRevocationRequest(tenant, internal(denied.id))).note).toBe('A false alarm')
  expect(await statusOf(account)).toBe('active')
})

test('whoever may not revoke any more neither asks nor approves, and what they asked for is worth nothing', async () => {
  const account = await connected('left', 'u_1')
  const { tenant } = account
  const [ana, ben] = [await member(tenant, 'ana@left.test'), await member(tenant, 'ben@left.test')]
  const request = await ask(tenant, ana)
  const become = (role: string, { memberId }: Admin) =>
    superuser.sql('UPDATE members SET role = $1 WHERE id = $2', [role, memberId])
  await become('auditor', ben)
  await expect(approve(tenant, ben, request)).rejects.toEqual(refusal('forbidden', /You may not/))
  await become('owner', ben)
  await become('support', ana)
  await expect(approve(tenant, ben, request)).rejects.toEqual(refusal('forbidden', /Whoever asked/))
  await expect(ask(tenant, ana)).rejects.toEqual(refusal('forbidden'))
  await become('owner', ana)
  await superuser.sql('UPDATE members SET disabled_at = now() WHERE id = $1', [ana.memberId])
  await expect(approve(tenant, ben, request)).rejects.toEqual(refusal('forbidden', /Whoever asked/))
  expect(await statusOf(account)).toBe('active')

  const elsewhere = (await connected('elsewhere', 'u_1')).tenant
  const stranger = await member(elsewhere, 'eve@elsewhere.test')
  await expect(approve(elsewhere, stranger, request)).rejects.toEqual(refusal('not_found'))
  await expect(approve(tenant, stranger, request)).rejects.toEqual(refusal('forbidden'))
})

test('over every organization it takes two operators, and reaches every organization', async () => {
  const [one, two] = [await connected('every-a', 'u_1'), await connected('every-b', 'u_1')]
  const [olga, omar] = [await member(deployment, 'olga@ops.test'), await member(deployment, 'omar@ops.test')]
  const request = await ask(deployment, olga, { connector: 'sandbox' })
  await expect(approve(deployment, olga, request)).rejects.toEqual(refusal('forbidden'))
  const { batch_id } = await approve(deployment, omar, request)
  expect([await statusOf(one), await statusOf(two)]).toEqual(['revoked', 'revoked'])
  const head = await getRevocation(deployment, parseId('revocation', batch_id) ?? '')
  expect(head).toMatchObject({ status: 'done', filter: { connector: 'sandbox' } })
  expect((await getRevocationRequest(deployment, internal(request.id))).revocation_id).toBe(batch_id)
})

test('with all that an org has deleted, who asked is not named any more and nothing waits', async () => {
  const { tenant } = await connected('gone', 'u_1')
  const ana = await member(tenant, 'ana@gone.test')
  await ask(tenant, ana)
  const { scrubOrgIn } = await import('./scrub-org.ts')
  await forOrg(tenant, (tx) => scrubOrgIn(tx, tenant))
  const [left] = await superuser.sql<{ text: string }>(
    'SELECT row_to_json(r)::text AS text FROM revocation_requests r WHERE org_id = $1',
    [tenant.orgId],
  )
  expect(left?.text).toContain('"status":"expired"')
  expect(left?.text).not.toMatch(/ana@|an incident/)
})
