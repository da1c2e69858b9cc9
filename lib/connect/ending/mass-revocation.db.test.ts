import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit, verifyAudit } from '#lib/audit'
import { getAccount } from '#lib/consent'
import { deployment } from '#lib/db'
import { listEvents } from '#lib/events'
import { createApiKeyIn } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { resolveObject } from '#lib/tenancy'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import type { SettleOrder } from '../../../scripts/testing/settle-process.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { getRevocation, listRevokedAccounts } from '../index.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(() => practice.reset())

const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const forever = new AbortController().signal

async function connected(org: string, user: string, person = 'ana') {
  const session = await practice.connectAccount({ org, user, person })
  const tenant = await practice.tenant(org)
  return { tenant, id: parseId('connected_account', session.connected_account_id ?? '') ?? '' }
}
type Account = Awaited<ReturnType<typeof connected>>
const statusOf = async ({ tenant, id }: Account) => (await getAccount(tenant, id)).status
const execute = ({ id }: Account) =>
  practice.execute({
    connected_account_id: publicId('connected_account', id),
    tool_name: 'sandbox.list_tasks',
  })

const revokeMany = (input: Record<string, unknown>, as = practice.caller) =>
  practice.connect.revokeMany(as, { reason: 'an incident', ...input }, origin)
const internal = (id: string) => parseId('revocation', id) ?? ''
const report = async (tenant: Tenant, id: string) => (await getRevocation(tenant, internal(id))).accounts

test('stops all accounts of an org at once and reports each, then what its provider said', async () => {
  const accounts = [
    await connected('acme', 'u_1'),
    await connected('acme', 'u_2', 'ben'),
    await connected('acme', 'u_2', 'cleo'),
  ]
  const bystander = await connected('globex', 'u_1', 'ben')
  const { tenant } = accounts[0] as Account
  const { data } = await revokeMany({ org_id: 'acme' })
  const [made] = data
  expect(made).toMatchObject({ org_id: 'acme', status: 'running', accounts: { stopped: 3, pending: 3 } })
  const before = await practice.state()
  for (const account of accounts)
    await expect(execute(account)).rejects.toEqual(refusal('reauthorization_required'))
  expect((await practice.state()).api).toEqual(before.api)
  expect(await statusOf(bystander)).toBe('active')

  const id = made?.id ?? ''
  await practice.connect.settleMassRevocation(tenant, internal(id), forever)
  expect(await report(tenant, id)).toEqual({
    ...{ stopped: 3, revoked: 3, unsupported: 0, unconfirmed: 0, pending: 0, nothing_owed: 0 },
  })
  expect((await getRevocation(tenant, internal(id))).status).toBe('done')
  expect((await practice.state()).revocation).toBe(3)
  const page = await listRevokedAccounts(tenant, internal(id), null, 10)
  expect(page).toHaveLength(3)
  expect(page[0]).toMatchObject({ upstream: 'revoked', error_code: null, settled_at: expect.any(String) })

  const audit = await listAudit(tenant, { action: 'connected_accounts.revoked' }, null, 5)
  expect(audit).toMatchObject([{ details: { revocation_id: id, accounts: 3, reason: 'an incident' } }])
  const events = await listEvents(tenant, { type: 'connected_account.revoked' }, null, 10)
  expect(events.map(({ data: { connected_account_id } }) => connected_account_id).sort()).toEqual(
    accounts.map((account) => publicId('connected_account', account.id)).sort(),
  )
  expect(events[0]?.data).toMatchObject({
    connector: 'sandbox',
    reason: 'an incident',
    user_id: expect.any(String),
  })
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true })
  expect(
    await superuser.sql('SELECT FROM keyring.credential_keys WHERE org_id = $1', [tenant.orgId]),
  ).toEqual([])
})

test('stops what a filter names and leaves the rest', async () => {
  const [one, two] = [await connected('filters', 'u_1'), await connected('filters', 'u_2', 'ben')]
  expect((await revokeMany({ org_id: 'filters', connector: 'github' })).data[0]?.accounts.stopped).toBe(0)
  expect((await revokeMany({ org_id: 'filters', user_id: 'u_1' })).data[0]?.accounts.stopped).toBe(1)
  expect(await Promise.all([one, two].map(statusOf))).toEqual(['revoked', 'active'])
  const [row] = await superuser.sql<{ id: string }>(`SELECT id FROM auth_configs WHERE connector = 'sandbox'`)
  const config = publicId('auth_config', row?.id ?? '')
  expect((await revokeMany({ org_id: 'filters', auth_config_id: config })).data[0]?.accounts.stopped).toBe(1)
  expect(await statusOf(two)).toBe('revoked')
})

test('refuses a revocation without a filter, of an unknown user, connector or auth config', async () => {
  await connected('refusals', 'u_1')
  const cases: [Record<string, unknown>, string][] = [
    [{}, 'invalid_request'],
    [{ user_id: 'u_1' }, 'invalid_request'],
    [{ org_id: 'refusals', connector: 'nope' }, 'invalid_request'],
    [{ org_id: 'refusals', user_id: 'u_nobody' }, 'not_found'],
    [{ org_id: 'refusals', auth_config_id: publicId('auth_config', crypto.randomUUID()) }, 'not_found'],
    [{ org_id: 'no_such_org', all: true }, 'not_found'],
  ]
  for (const [input, code] of cases)
    await expect(revokeMany(input), JSON.stringify(input)).rejects.toEqual(refusal(code))
})

test('stops exactly what somebody was shown, and nothing where that has changed since', async () => {
  const { revocableIds, revocationImpact } = await import('#lib/console')
  const one = await connected('shown', 'u_1')
  const two = await connected('shown', 'u_2', 'ben')
  const { tenant } = one
  const start = (closer: Parameters<typeof practice.connect.revokeMany>[3], more = {}) =>
    practice.connect.revokeMany(practice.caller, { org_id: 'shown', reason: 'x', ...more }, origin, closer)
  const { shown } = await revocationImpact(tenant, { connector: 'sandbox' }, {})
  const three = await connected('shown', 'u_3', 'cleo')
  await expect(start({ shown }, { connector: 'sandbox' })).rejects.toEqual(
    expect.objectContaining({
      code: 'conflict',
      message: expect.stringMatching(/3 accounts match now.*shown 2/),
    }),
  )
  expect(await Promise.all([one, two, three].map(statusOf))).toEqual(['active', 'active', 'active'])

  // By what only the list of connections knows, by status, and one by one.
  await superuser.sql(
    `UPDATE connected_accounts SET created_at = now() - interval '1 year', last_used_at = NULL WHERE id = $1`,
    [one.id],
  )
  const dormant = { attention: 'dormant' } as const
  const ids = await revocableIds(tenant, dormant, {})
  expect(ids).toEqual([one.id])
  const first = await start({
    among: { ids, told: dormant },
    shown: (await revocationImpact(tenant, dormant, {})).shown,
  })
  expect(first.data[0]).toMatchObject({ filter: dormant, accounts: { stopped: 1 } })

  await superuser.sql(`UPDATE connected_accounts SET status = 'paused' WHERE id = $1`, [two.id])
  const paused = (await revocationImpact(tenant, { status: 'paused' }, {})).shown
  const second = await start({ status: 'paused', shown: paused })
  expect(second.data[0]).toMatchObject({ filter: { status: 'paused' }, accounts: { stopped: 1 } })
  expect(await Promise.all([one, two, three].map(statusOf))).toEqual(['revoked', 'revoked', 'active'])

  const chosen = (await revocationImpact(tenant, { ids: [three.id] }, {})).shown
  // As many, but another: the count alone would not say so.
  const other = await connected('shown', 'u_4', 'ben')
  await expect(start({ among: { ids: [other.id], told: { chosen: 1 } }, shown: chosen })).rejects.toEqual(
    expect.objectContaining({ code: 'conflict', message: expect.stringMatching(/but others/) }),
  )
  expect(await statusOf(other)).toBe('active')
  const third = await start({ among: { ids: [three.id], told: { chosen: 1 } }, shown: chosen })
  expect(third.data[0]).toMatchObject({ filter: { chosen: 1 }, accounts: { stopped: 1 } })
  expect(await Promise.all([three, other].map(statusOf))).toEqual(['revoked', 'active'])
})

test('hides an org’s revocations from the keys of another', async () => {
  const account = await connected('hidden', 'u_1')
  const { data } = await revokeMany({ org_id: 'hidden' })
  await connected('nosy', 'u_1', 'ben')
  const { forOrg } = await import('#lib/db')
  const nosy = await practice.tenant('nosy')
  const { secret } = await forOrg(nosy, (tx) => createApiKeyIn(tx, nosy, { name: 'nosy', roles: [] }))
  const { key } = await import('#runtime')
  const stranger = await key('manage')(practice.authorization(secret))
  const { tenant, id } = await resolveObject(stranger, 'revocation', data[0]?.id ?? '')
  await expect(getRevocation(tenant, id)).rejects.toEqual(refusal('not_found'))
  await expect(listRevokedAccounts(tenant, id, null, 1)).rejects.toEqual(refusal('not_found'))
  // Without a filter a restricted key would mean the whole of its own org: it has to say so.
  await expect(revokeMany({}, stranger)).rejects.toEqual(refusal('invalid_request'))
  await expect(revokeMany({ org_id: 'hidden', all: true }, stranger)).rejects.toEqual(refusal('not_found'))
  expect((await revokeMany({ all: true }, stranger)).data).toMatchObject([{ org_id: 'nosy' }])
  expect(await statusOf(account)).toBe('revoked')
})

test('revokes over every org in one call, with a report for each that had something to stop', async () => {
  const accounts = [await connected('batch_a', 'u_1'), await connected('batch_b', 'u_1', 'ben')]
  const { batch_id, data } = await revokeMany({ connector: 'sandbox' })
  const orgs = data.map(({ org_id }) => org_id)
  expect(orgs).toEqual(expect.arrayContaining(['batch_a', 'batch_b']))
  expect(orgs).not.toContain('acme')
  expect(await Promise.all(accounts.map(statusOf))).toEqual(['revoked', 'revoked'])
  expect(new Set(data.map((one) => one.batch_id))).toEqual(new Set([batch_id]))
  expect(await getRevocation(deployment, internal(batch_id))).toMatchObject({
    org_id: null,
    status: 'done',
    accounts: { stopped: data.reduce((sum, one) => sum + one.accounts.stopped, 0) },
  })
})

test('goes on with a batch over every org where it was cut off, and stops no org twice', async () => {
  const [one, two] = [await connected('cut_a', 'u_1'), await connected('cut_b', 'u_1', 'ben')]
  const { batch_id } = await revokeMany({ connector: 'sandbox' })
  const batch = internal(batch_id)
  // As if the process had ended between two orgs.
  await superuser.tamper(`UPDATE mass_revocations SET status = 'running' WHERE id = $1`, [batch])
  await superuser.tamper(
    'DELETE FROM mass_revocation_accounts WHERE revocation_id IN (SELECT id FROM mass_revocations WHERE org_id = $1)',
    [two.tenant.orgId],
  )
  await superuser.tamper('DELETE FROM mass_revocations WHERE org_id = $1', [two.tenant.orgId])
  await superuser.tamper(`UPDATE connected_accounts SET status = 'active' WHERE id = ANY($1)`, [
    [one.id, two.id],
  ])
  await superuser.tamper(
    `UPDATE mass_revocations SET created_at = now() - interval '6 minutes' WHERE id = $1`,
    [batch],
  )
  await practice.connect.resumeRevocations(deployment)
  const queued = await superuser.sql('SELECT FROM graphile_worker.jobs WHERE key = $1', [
    `stop_batch:${batch}`,
  ])
  expect(queued).toHaveLength(1)
  await practice.connect.stopBatch(batch)
  expect(await Promise.all([one, two].map(statusOf))).toEqual(['active', 'revoked'])
})

test('goes on account by account where a killed worker left off, and settles none twice', async () => {
  const accounts: Account[] = []
  for (let n = 0; n < 14; n++) accounts.push(await connected('killed', `u_${n}`))
  const { tenant } = accounts[0] as Account
  const { data } = await revokeMany({ org_id: 'killed' })
  const id = data[0]?.id ?? ''
  const script = fileURLToPath(new URL('../../../scripts/testing/settle-process.ts', import.meta.url))
  const worker = fork(script, [], { execArgv: ['--conditions=react-server'] })
  const ended = new Promise((resolve) => worker.once('exit', (_code, signal) => resolve(signal)))
  await new Promise((resolve) => worker.once('message', resolve))
  worker.send({ org_id: tenant.orgId, revocation_id: internal(id) } satisfies SettleOrder)
  await expect
    .poll(async () => (await report(tenant, id)).revoked, { interval: 5, timeout: 20_000 })
    .toBeGreaterThan(0)
  worker.kill('SIGKILL')
  expect(await ended).toBe('SIGKILL')
  const left = await report(tenant, id)
  expect(left.pending).toBeGreaterThan(0)

  // While its claim stands nobody else touches the rest; then another worker goes on.
  await practice.connect.settleMassRevocation(tenant, internal(id), forever)
  expect(await report(tenant, id)).toEqual(left)
  await superuser.tamper(
    `UPDATE mass_revocations SET worked_until = now() - interval '1 second' WHERE id = $1`,
    [internal(id)],
  )
  await practice.connect.settleMassRevocation(tenant, internal(id), forever)
  expect(await getRevocation(tenant, internal(id))).toMatchObject({
    status: 'done',
    accounts: { stopped: 14, revoked: 14, pending: 0 },
  })
  const settled = await listAudit(tenant, { action: 'connected_account.revocation_settled' }, null, 100)
  expect(new Set(settled.map(({ connected_account_id }) => connected_account_id)).size).toBe(14)
  expect(settled).toHaveLength(14)
  // Only what was under way when it was killed may have been told once more.
  const { revocation } = await practice.state()
  expect(revocation).toBeGreaterThanOrEqual(14)
  expect(revocation).toBeLessThanOrEqual(14 + 5)
})

test('keeps telling a provider that fails, and lets no other worker in meanwhile', async () => {
  const account = await connected('failing', 'u_1')
  const { data } = await revokeMany({ org_id: 'failing' })
  const id = internal(data[0]?.id ?? '')
  await practice.sandbox.close()
  await practice.connect.settleMassRevocation(account.tenant, id, forever)
  expect(await report(account.tenant, data[0]?.id ?? '')).toMatchObject({ pending: 1, revoked: 0 })
  const attempts = () =>
    superuser.sql('SELECT attempts, status FROM upstream_revocations WHERE account_id = $1', [account.id])
  expect(await attempts()).toEqual([{ attempts: 1, status: 'pending' }])
  // Its next try is not due yet, whoever asks.
  await practice.connect.settleMassRevocation(account.tenant, id, forever)
  await practice.connect.resumeRevocations(account.tenant)
  expect(await attempts()).toEqual([{ attempts: 1, status: 'pending' }])
  await superuser.tamper(
    `UPDATE mass_revocations SET worked_until = now() - interval '31 seconds' WHERE id = $1`,
    [id],
  )
  await practice.connect.resumeRevocations(account.tenant)
  const queued = await superuser.sql(`SELECT FROM graphile_worker.jobs WHERE key = $1`, [`settle_mass:${id}`])
  expect(queued).toHaveLength(1)
})
