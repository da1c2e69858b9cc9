import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAudit, verifyAudit } from '#lib/audit'
import { getAccount, listAccounts } from '#lib/consent'
import { deployment, forOrg, listOrgsBeingDeleted, lookupOrg } from '#lib/db'
import {
  agentClient,
  checkAgentSecret,
  createAgentIn,
  createApiKeyIn,
  createCredentialIn,
  createToolsetIn,
} from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { resolveObject } from '#lib/tenancy'
import { forgetOrgKeys, seal, withOpened } from '#lib/vault'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { getRevocation } from '../index.ts'

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
const execute = (id: string) =>
  practice.execute({
    connected_account_id: publicId('connected_account', id),
    tool_name: 'sandbox.list_tasks',
  })

/** An invitation that waits for its host's word, with tokens of the provider's behind it. */
async function awaiting(org: string, user: string) {
  const session = await practice.session({ org_id: org, user_id: user, scopes: { sandbox: ['tasks:read'] } })
  const { location, flow } = await practice.approve(session, ['tasks:read'])
  const back = await authorizeByHttp({ authorizeUrl: location, user: 'cleo', grant: 'all' })
  await practice.connect.callback(flow, back.pathname.split('/').at(-1) ?? '', back.searchParams, origin)
  return session
}
const statusOfSession = async (id: string) =>
  (
    await superuser.sql('SELECT status FROM connect_sessions WHERE id = $1', [parseId('connect_session', id)])
  )[0]?.status

const keysOf = (accountId: string) =>
  superuser.sql('SELECT generation FROM keyring.credential_keys WHERE account_id = $1', [accountId])
const certificates = (tenant: Tenant) => listAudit(tenant, { action: 'connected_account.deleted' }, null, 10)

test('certifies a deleted account once its provider has been told, and no copy of its tokens opens', async () => {
  const { tenant, id } = await connected('acme', 'u_1')
  const [copy] = await superuser.sql<{ key: Buffer }>(
    `SELECT encode(sha256(key), 'hex') AS key FROM keyring.credential_keys WHERE account_id = $1`,
    [id],
  )
  await practice.connect.remove(tenant, practice.caller, id, origin)
  expect((await practice.state()).revocation).toBe(1)
  expect(await keysOf(id)).toEqual([])
  expect(await certificates(tenant)).toMatchObject([
    {
      connected_account_id: publicId('connected_account', id),
      details: {
        generations_through: 1,
        key_digests: `sha256:${copy?.key}`,
        destroyed_at: expect.any(String),
        upstream: 'revoked',
      },
    },
  ])
  await expect(getAccount(tenant, id)).rejects.toEqual(refusal('not_found'))
  await expect(practice.connect.remove(tenant, practice.caller, id, origin)).rejects.toEqual(
    refusal('not_found'),
  )
})

test('destroys a deleted account’s tokens after its term though the provider never answered, and says so', async () => {
  const { tenant, id } = await connected('acme', 'u_term', 'ben')
  await superuser.sql(
    `UPDATE auth_configs SET base_urls = '{"base":"http://127.0.0.1:9"}' WHERE connector = 'sandbox'`,
  )
  try {
    await practice.connect.remove(tenant, practice.caller, id, origin)
    // Still owed, and still to be told: but only for so long.
    expect(await keysOf(id)).toHaveLength(1)
    const [debt] = await superuser.sql<{ seconds: number }>(
      `SELECT extract(epoch FROM give_up_at - created_at)::float8 AS seconds FROM upstream_revocations WHERE account_id = $1`,
      [id],
    )
    expect(debt?.seconds).toBeLessThan(60)
    const jobs = await superuser.sql<{ seconds: number }>(
      `SELECT max(extract(epoch FROM run_at - now()))::float8 AS seconds FROM graphile_worker.jobs
       WHERE task_identifier = 'settle_revocation'`,
    )
    expect(jobs[0]?.seconds).toBeLessThan(60)
    await superuser.tamper(
      `UPDATE upstream_revocations SET give_up_at = now() - interval '1 second' WHERE account_id = $1`,
      [id],
    )
    await practice.connect.resumeRevocations(tenant)
  } finally {
    await superuser.sql(`UPDATE auth_configs SET base_urls = '{}' WHERE connector = 'sandbox'`)
  }
  expect(await keysOf(id)).toEqual([])
  expect(
    await superuser.sql('SELECT status, sealed FROM upstream_revocations WHERE account_id = $1', [id]),
  ).toEqual([{ status: 'unconfirmed', sealed: null }])
  expect((await certificates(tenant))[0]).toMatchObject({
    connected_account_id: publicId('connected_account', id),
    details: { upstream: 'unconfirmed', reason: expect.any(String) },
  })
})

test('ends everything of a user who is deleted, and gives the name to a newcomer who inherits nothing', async () => {
  const accounts = [await connected('acme', 'u_leaves'), await connected('acme', 'u_leaves', 'ben')]
  const waiting = await awaiting('acme', 'u_leaves')
  const { tenant } = accounts[0] ?? (await connected('acme', 'never'))
  await practice.connect.removeUser(tenant, practice.caller, 'u_leaves', origin)
  for (const { id } of accounts) {
    await expect(execute(id)).rejects.toEqual(refusal('not_found'))
    expect(await keysOf(id)).toEqual([])
  }
  expect((await practice.state()).revocation).toBe(2)
  expect(await statusOfSession(waiting.id)).toBe('cancelled')
  const [job] = await superuser.sql(
    `SELECT run_at <= now() AS due FROM graphile_worker.jobs WHERE key = $1`,
    [`give_back_answers:${tenant.orgId}`],
  )
  expect(job).toEqual({ due: true })
  await practice.connect.sweepAnswers(tenant)
  expect((await practice.state()).revocation).toBe(3)
  const [user] = await superuser.sql(
    `SELECT email, name, groups FROM end_users WHERE org_id = $1 AND external_id = 'u_leaves'`,
    [tenant.orgId],
  )
  expect(user).toEqual({ email: null, name: null, groups: [] })
  await practice.session({ org_id: 'acme', user_id: 'u_leaves' })
  expect(await listAccounts(tenant, { user_id: 'u_leaves' }, null, 10)).toEqual([])
})

test('locks a deactivated user out until reactivated, and keeps the person known', async () => {
  const { tenant, id } = await connected('acme', 'u_scim')
  const waiting = await awaiting('acme', 'u_scim')
  const done = await practice.connect.deactivateUser(tenant, practice.caller, 'u_scim', origin)
  expect(done).toMatchObject({ status: 'deactivated', revocation_id: expect.stringMatching(/^rev_/) })
  await expect(execute(id)).rejects.toEqual(
    expect.objectContaining({
      code: 'reauthorization_required',
      facts: expect.not.objectContaining({ connect_url: expect.anything() }),
    }),
  )
  expect(await statusOfSession(waiting.id)).toBe('cancelled')
  await expect(practice.session({ org_id: 'acme', user_id: 'u_scim' })).rejects.toEqual(refusal('conflict'))
  expect(await practice.connect.deactivateUser(tenant, practice.caller, 'u_scim', origin)).toMatchObject({
    revocation_id: null,
  })
  expect((await listAccounts(tenant, { user_id: 'u_scim' }, null, 10)).map(({ status }) => status)).toEqual([
    'revoked',
  ])
  await practice.connect.reactivateUser(tenant, practice.caller, 'u_scim', origin)
  expect((await practice.connectAccount({ org: 'acme', user: 'u_scim' })).status).toBe('completed')
  await expect(practice.connect.deactivateUser(tenant, practice.caller, 'u_nobody', origin)).rejects.toEqual(
    refusal('not_found'),
  )
})

test('deletes an org: stopped and nameless at once, told to its providers, then shredded with a certificate', async () => {
  const { tenant, id } = await connected('doomed', 'u_1')
  const other = await connected('spared', 'u_1', 'ben')
  await awaiting('doomed', 'u_2')
  await execute(id)
  const { secret } = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'k', roles: [] }))
  const by = { type: 'system', id: 'test' }
  const agent = await forOrg(tenant, async (tx) => {
    const made = await createAgentIn(tx, tenant, { name: 'Mira', owner: 'maria@doomed.test' })
    const proof = { kind: 'client_secret' } as const
    const given = await createCredentialIn(tx, tenant, parseId('agent', made.id) ?? '', proof, by)
    const toolset = { name: 'All', tool_discovery: 'list' } as const
    await createToolsetIn(tx, tenant, toolset, { connectors: [], tools: [] }, by)
    return { id: made.id, secret: given.secret ?? '' }
  })
  expect(await checkAgentSecret(agent.id, agent.secret)).toBe(true)
  const sealed = await seal(tenant, { purpose: 'probe', parts: [] }, 'a secret of the org')
  const { key } = await import('#runtime')
  const theirs = await key('manage')(practice.authorization(secret))
  await expect(practice.connect.deleteOrg(theirs, tenant, origin)).rejects.toEqual(refusal('forbidden'))

  const report = await practice.connect.deleteOrg(practice.caller, tenant, origin)
  expect(report).toMatchObject({ org_id: 'doomed', status: 'running', accounts: { stopped: 1 } })
  await expect(key('manage')(practice.authorization(secret))).rejects.toEqual(refusal('unauthenticated'))
  await expect(execute(id)).rejects.toEqual(refusal('not_found'))
  expect(await lookupOrg('doomed')).toBeNull()
  expect(await checkAgentSecret(agent.id, agent.secret)).toBe(false)
  expect(await agentClient(agent.id)).toBeNull()
  await practice.session({ org_id: 'doomed', user_id: 'u_1' })
  expect((await practice.tenant('doomed')).orgId).not.toBe(tenant.orgId)
  await expect(practice.connect.deleteOrg(practice.caller, tenant, origin)).rejects.toEqual(
    refusal('not_found'),
  )
  expect((await listOrgsBeingDeleted()).map(({ orgId }) => orgId)).toEqual([tenant.orgId])

  const internal = parseId('revocation', report.id) ?? ''
  await practice.connect.settleMassRevocation(tenant, internal, forever)
  // The account's tokens, and those that no host had vouched for.
  expect((await practice.state()).revocation).toBe(2)
  const found = await resolveObject(practice.caller, 'revocation', report.id)
  const done = await getRevocation(found.tenant, found.id)
  expect(done).toMatchObject({ status: 'done', accounts: { revoked: 1, pending: 0 } })
  expect(done.certificate).toMatchObject({
    org_id: 'doomed',
    destroyed_at: expect.any(String),
    keys: expect.arrayContaining([
      expect.objectContaining({
        purpose: 'data',
        version: 1,
        wrapped_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      }),
    ]),
  })
  forgetOrgKeys(tenant)
  await expect(
    withOpened(tenant, { purpose: 'probe', parts: [] }, sealed, async (text) => text.toString()),
  ).rejects.toMatchObject({ name: 'AppError' })
  expect(await listOrgsBeingDeleted()).toEqual([])

  // Nothing personal is left but in the evidence; the evidence is whole.
  for (const [column, table] of [
    ['coalesce(email, name)', 'end_users'],
    [`nullif(label, '')`, 'connected_accounts'],
    ['sealed_input', 'executions'],
    ['id::text', 'connect_sessions'],
    ['id::text', 'api_keys'],
    ['id::text', 'agent_credentials'],
    ['id::text', 'agent_toolsets'],
    ['owner', 'agents'],
    ['id::text', 'outbox_events'],
    ['sealed_client_secret', 'auth_configs'],
  ]) {
    const left = await superuser.sql(`SELECT FROM ${table} WHERE org_id = $1 AND ${column} IS NOT NULL`, [
      tenant.orgId,
    ])
    expect(left, `${table}.${column}`).toEqual([])
  }
  expect(await verifyAudit(tenant)).toMatchObject({ ok: true })
  const chain = await listAudit(deployment, {}, null, 10)
  expect(chain.filter(({ action }) => action.startsWith('org.')).map(({ action }) => action)).toEqual([
    'org.shredded',
    'org.deleted',
  ])
  expect(await verifyAudit(deployment)).toMatchObject({ ok: true })
  expect((await execute(other.id)).status).toBe('succeeded')

  // Done again, as by a worker that was killed before it could say so, it changes and says nothing.
  await superuser.tamper(`UPDATE mass_revocations SET status = 'running' WHERE id = $1`, [internal])
  await practice.connect.settleMassRevocation(tenant, internal, forever)
  const again = await listAudit(deployment, { action: 'org.shredded' }, null, 10)
  expect(again).toHaveLength(1)
})

test('shreds an org whose providers do not answer when its term is over, and not before', async () => {
  const { tenant, id } = await connected('unheard', 'u_1')
  await superuser.sql(
    `UPDATE auth_configs SET base_urls = '{"base":"http://127.0.0.1:9"}' WHERE connector = 'sandbox'`,
  )
  try {
    const report = await practice.connect.deleteOrg(practice.caller, tenant, origin)
    const internal = parseId('revocation', report.id) ?? ''
    await practice.connect.settleMassRevocation(tenant, internal, forever)
    expect(await keysOf(id)).toHaveLength(1)
    const [next] = await superuser.sql<{ seconds: number }>(
      `SELECT extract(epoch FROM worked_until - now())::float8 AS seconds FROM mass_revocations WHERE id = $1`,
      [internal],
    )
    expect(next?.seconds).toBeLessThan(50)
    await superuser.tamper(
      `UPDATE mass_revocations SET created_at = created_at - interval '46 seconds', worked_until = NULL WHERE id = $1`,
      [internal],
    )
    await practice.connect.settleMassRevocation(tenant, internal, forever)
    expect(await keysOf(id)).toEqual([])
    expect(await getRevocation(tenant, internal)).toMatchObject({
      status: 'done',
      accounts: { unconfirmed: 1 },
      certificate: { org_id: 'unheard' },
    })
  } finally {
    await superuser.sql(`UPDATE auth_configs SET base_urls = '{}' WHERE connector = 'sandbox'`)
  }
})
