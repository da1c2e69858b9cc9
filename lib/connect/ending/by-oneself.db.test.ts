// A revocation is judged by what it ends: most of what is connected takes two people, however it was chosen.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { getAccount } from '#lib/consent'
import { revocationImpact, revocationShare, scopeRulesOf } from '#lib/console'
import { forOrg } from '#lib/db'
import { authenticateMember, inviteMemberIn } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { connectors } from '#runtime'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { rowsOfRequest } from '../schema.ts'

let practice: Practice
let superuser: Superuser
let org = ''
let orgs = 0
let tenant: Tenant
let ana: Admin
let ben: Admin
let accounts: string[]

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  await practice.reset()
  org = `alone-${++orgs}`
  accounts = [await connected('u_1', 'ana'), await connected('u_2', 'ben'), await connected('u_3', 'cleo')]
  tenant = await practice.tenant(org)
  ana = await member(`ana@${org}.test`)
  ben = await member(`ben@${org}.test`)
})

async function connected(user: string, person: string): Promise<string> {
  const { connected_account_id } = await practice.connectAccount({ org, user, person })
  return parseId('connected_account', connected_account_id ?? '') ?? ''
}
type Admin = Awaited<ReturnType<typeof member>>
async function member(email: string) {
  const input = { email, role: 'owner' } as const
  const { id } = await forOrg(tenant, (tx) => inviteMemberIn(tx, tenant, practice.caller, input))
  return (await authenticateMember({ memberId: parseId('member', id) ?? '', sessionVersion: 1 })).caller
}

const rules = scopeRulesOf(connectors)
const statuses = () =>
  Promise.all(accounts.map(async (id) => (await getAccount(tenant, id)).status)).then((all) => all.join(' '))
const revoke = (by: Admin, ids: readonly string[], filter: Record<string, string> = {}) =>
  practice.connect.revokeMany(by, { org_id: org, reason: 'x', ...filter }, origin, {
    ...(ids.length > 0 && { among: { ids, told: { chosen: ids.length } } }),
  })
const refusal = (code: string, message = /./) =>
  expect.objectContaining({ name: 'AppError', code, message: expect.stringMatching(message) })
const events = async (action: string) => (await listAudit(tenant, { action }, null, 50)).length

const ask = (by: Admin, picked: readonly string[]) =>
  practice.connect.askForRevocation(
    tenant,
    by,
    { filter: { chosen: picked.length }, reason: 'x', accounts: picked.length, stopId: null, picked },
    origin,
  )
type Asked = Awaited<ReturnType<typeof ask>>
const shownTo = async (request: Asked) =>
  (await revocationImpact(tenant, rowsOfRequest(request), rules)).shown
const approve = async (by: Admin, request: Asked, shown?: string) =>
  practice.connect.approveRevocation(
    tenant,
    by,
    parseId('revocation_request', request.id) ?? '',
    origin,
    shown,
  )

test('one person ends two of three accounts that they picked, and not all three', async () => {
  await expect(revoke(ana, accounts)).rejects.toEqual(refusal('forbidden', /3 of 3 active/))
  expect(await statuses()).toBe('active active active')
  expect(await events('connected_accounts.revoked')).toBe(0)
  await revoke(ana, accounts.slice(1))
  expect(await statuses()).toBe('active revoked revoked')
  // The last one is a single account, as on its own page.
  await revoke(ana, accounts.slice(0, 1))
  expect(await statuses()).toBe('revoked revoked revoked')
})

test('more than 25 take two people where they are half of what is active, and one where they are fewer', async () => {
  const [columns] = await superuser.sql<{ names: string }>(
    `SELECT string_agg(column_name, ', ') AS names FROM information_schema.columns
     WHERE table_name = 'connected_accounts' AND is_generated = 'NEVER'`,
  )
  const copies = await superuser.sql<{ id: string }>(
    `INSERT INTO connected_accounts (${columns?.names}) SELECT ${columns?.names} FROM (
       SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(),
         'provider_account_id', 'copy-' || n))).* FROM connected_accounts a, generate_series(1, 49) n WHERE a.id = $1) copies
     RETURNING id`,
    [accounts[0]],
  )
  const ids = copies.map(({ id }) => id)
  expect(await revocationShare(tenant, { ids: ids.slice(0, 26) }, rules)).toEqual({ reached: 26, active: 52 })
  await expect(revoke(ana, ids.slice(0, 26))).rejects.toEqual(refusal('forbidden', /26 of 52/))
  const [report] = (await revoke(ana, ids.slice(0, 25))).data
  expect(report?.accounts.stopped).toBe(25)
})

test('accounts that were paused before are missed as well: pausing them first gets nobody around a second person', async () => {
  for (const id of accounts) await practice.connect.setPaused(tenant, ana, id, true, origin)
  const paused = { status: 'paused' } as const
  expect(await revocationShare(tenant, paused, rules)).toEqual({ reached: 3, active: 3 })
  await expect(
    practice.connect.revokeMany(ana, { org_id: org, reason: 'x' }, origin, paused),
  ).rejects.toEqual(refusal('forbidden', /3 of 3 active or paused/))
  await expect(revoke(ana, accounts)).rejects.toEqual(refusal('forbidden', /3 of 3/))
  expect(await statuses()).toBe('paused paused paused')
  await revoke(ana, accounts.slice(0, 2))
})

test('everything, and every organization, is refused to one person of the console whoever calls for it', async () => {
  await expect(
    practice.connect.revokeMany(ana, { org_id: org, reason: 'x' }, origin, { status: 'active' }),
  ).rejects.toEqual(refusal('forbidden', /everything/))
  await expect(
    practice.connect.revokeMany(ana, { org_id: org, all: true, reason: 'x' }, origin),
  ).rejects.toEqual(refusal('forbidden', /everything/))
  const everywhere = { ...ana, reach: null } as Admin
  await expect(practice.connect.revokeMany(everywhere, { all: true, reason: 'x' }, origin)).rejects.toEqual(
    refusal('forbidden'),
  )
  expect(await statuses()).toBe('active active active')
})

test('one connector and one person are for one to end, all that there is too; a key ends anything', async () => {
  await revoke(ana, [], { user_id: 'u_1' })
  await revoke(ana, [], { connector: 'sandbox' })
  expect(await statuses()).toBe('revoked revoked revoked')
  accounts = [await connected('u_4', 'ana'), await connected('u_5', 'ben')]
  await practice.connect.revokeMany(practice.caller, { org_id: org, all: true, reason: 'x' }, origin)
  expect(await statuses()).toBe('revoked revoked')
})

test('what was picked waits for a second person, and is exactly that when they approve', async () => {
  const request = await ask(ana, accounts.slice(0, 2))
  expect(await statuses()).toBe('active active active')
  await expect(approve(ana, request, await shownTo(request))).rejects.toEqual(refusal('forbidden', /second/))
  await expect(approve(ben, request)).rejects.toEqual(refusal('invalid_request'))
  const { data } = await approve(ben, request, await shownTo(request))
  expect(data[0]).toMatchObject({ filter: { chosen: 2 }, accounts: { stopped: 2 } })
  expect(await statuses()).toBe('revoked revoked active')
  const [event] = await listAudit(tenant, { action: 'connected_accounts.revoked' }, null, 1)
  expect(event?.details).toMatchObject({
    requested_by: publicId('member', ana.memberId),
    approved_by: publicId('member', ben.memberId),
  })
})

test('nothing is revoked where others match by then than the second person was shown', async () => {
  const request = await ask(ana, accounts)
  const shown = await shownTo(request)
  await revoke(ben, accounts.slice(0, 1))
  await expect(approve(ben, request, shown)).rejects.toEqual(refusal('conflict', /2 accounts match now/))
  expect(await statuses()).toBe('revoked active active')
  await approve(ben, request, await shownTo(request))
  expect(await statuses()).toBe('revoked revoked revoked')
})

test('two picks of as many accounts are two requests, the same pick is one, and none can be changed', async () => {
  const [first, other] = [await ask(ana, accounts.slice(0, 2)), await ask(ana, accounts.slice(1))]
  expect(first.id).not.toBe(other.id)
  await expect(ask(ben, [accounts[1] ?? '', accounts[0] ?? ''])).rejects.toEqual(refusal('conflict'))
  await expect(
    forOrg(tenant, (tx) => tx.$executeRawUnsafe('UPDATE revocation_requests SET account_ids = NULL')),
  ).rejects.toThrow(/permission denied/)
})

test('a filter that reaches most is asked for as it is, and found again for whoever approves', async () => {
  await superuser.sql(
    `UPDATE connected_accounts SET created_at = now() - interval '100 days', last_used_at = NULL WHERE org_id = $1`,
    [tenant.orgId],
  )
  const filter = { attention: 'dormant' }
  expect(await revocationShare(tenant, { attention: 'dormant' }, rules)).toEqual({ reached: 3, active: 3 })
  const asked = { filter, reason: 'x', accounts: 3, stopId: null }
  const request = await practice.connect.askForRevocation(tenant, ana, asked, origin)
  const later = await connected('u_9', 'ana')
  const { data } = await approve(ben, request, await shownTo(request))
  expect(data[0]).toMatchObject({ filter, accounts: { stopped: 3 } })
  expect((await getAccount(tenant, later)).status).toBe('active')
})

test('an account of another organization is ended by no pick, and nothing is told of it', async () => {
  const elsewhere = await practice.connectAccount({ org: 'elsewhere', user: 'u_1', person: 'ana' })
  const foreign = parseId('connected_account', elsewhere.connected_account_id ?? '') ?? ''
  const request = await ask(ana, [...accounts, foreign])
  const { data } = await approve(ben, request, await shownTo(request))
  expect(data[0]?.accounts.stopped).toBe(3)
  expect((await getAccount(await practice.tenant('elsewhere'), foreign)).status).toBe('active')
})
