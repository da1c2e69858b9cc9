import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listAudit } from '#lib/audit'
import { getAccount } from '#lib/consent'
import { deployment } from '#lib/db'
import { createEgress } from '#lib/egress'
import { listEvents } from '#lib/events'
import { newId, parseId } from '#lib/ids'
import { metrics } from '#lib/log'
import { authConfigOf } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { readCredential } from '#lib/vault'
import { connectors } from '#runtime'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { isSuspect, resolveIncident } from './incidents.ts'
import { needsReauth } from './reauth.ts'
import { refresherOf } from './refresher.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let sandboxConfig = ''

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  await connected(1)
  tenant = await practice.tenant('acme')
  const [row] = await superuser.sql<{ id: string }>(`SELECT id FROM auth_configs WHERE connector = 'sandbox'`)
  sandboxConfig = row?.id ?? ''
})
afterAll(() => practice.stop())
beforeEach(async () => {
  await practice.reset()
  await superuser.sql('DELETE FROM provider_incidents')
  await superuser.sql('DELETE FROM refresh_outcomes')
})

let users = 0
async function connected(count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const session = await practice.connectAccount({ org: 'acme', user: `u_${++users}` })
    ids.push(session.connected_account_id ?? '')
  }
  return ids
}
const uuid = (accountId: string) => parseId('connected_account', accountId) ?? ''
const change = (ids: readonly string[], what: string) =>
  superuser.sql(`UPDATE credentials SET ${what} WHERE account_id = ANY($1::uuid[])`, [ids.map(uuid)])
const runOut = (ids: readonly string[]) =>
  change(ids, `access_expires_at = now() - interval '1 second', hold_until = NULL`)
const list = (accountId: string) =>
  practice.execute({ connected_account_id: accountId, tool_name: 'sandbox.list_tasks' }).then(
    ({ status }) => status,
    (error: { code: string }) => error.code,
  )
/** The outcome of a call with each, one after the other. */
async function listAll(ids: readonly string[]): Promise<string[]> {
  const outcomes: string[] = []
  for (const id of ids) outcomes.push(await list(id))
  return outcomes
}

const refusing = () => practice.faults({ token_error: { status: 400, body: { error: 'invalid_grant' } } })
const statuses = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await getAccount(tenant, uuid(id))).status))
const all = (ids: readonly string[], what: string) => ids.map(() => what)
const incidents = () =>
  superuser.sql<{ id: string; error_code: string; resolution: string | null }>(
    'SELECT id, error_code, resolution FROM provider_incidents ORDER BY id',
  )
const alarms = async () =>
  (await metrics.alarms.get()).values.find(({ labels }) => labels.kind === 'provider_incident')?.value ?? 0

/** Outcomes that other processes have counted by now. */
const counted = (outcome: string, count: number, auth = { orgId: deployment.orgId, id: sandboxConfig }) =>
  superuser.sql(
    `INSERT INTO refresh_outcomes (org_id, auth_config_id, minute, outcome, count)
     VALUES ($1, $2, date_trunc('minute', now()), $3, $4)
     ON CONFLICT (org_id, auth_config_id, minute, outcome) DO UPDATE SET count = excluded.count`,
    [auth.orgId, auth.id, outcome, count],
  )
/** Six minutes go by. */
async function later() {
  await superuser.sql(`UPDATE refresh_outcomes SET minute = minute - interval '6 minutes'`)
  await superuser.sql(`UPDATE provider_incidents SET last_seen_at = last_seen_at - interval '6 minutes'`)
}
const suspect = (errorCode: string, auth = { orgId: deployment.orgId, id: sandboxConfig }) =>
  isSuspect(tenant, auth, 'sandbox', errorCode)

test('a provider that refuses too many alike disconnects nobody, those before it was seen included, and somebody is told once', async () => {
  const ids = await connected(8)
  await runOut(ids)
  await refusing()
  const before = await alarms()
  const outcomes = await listAll(ids)
  // The first four could not be known from people who withdrew their consent.
  expect(outcomes).toEqual([
    ...all(ids.slice(0, 4), 'reauthorization_required'),
    ...all(ids.slice(4), 'upstream_error'),
  ])
  expect(await statuses(ids)).toEqual(all(ids, 'active'))
  expect(await incidents()).toMatchObject([{ error_code: 'invalid_grant', resolution: null }])
  expect((await alarms()) - before).toBe(1)
  expect(await listAudit(deployment, { action: 'provider_incident.opened' }, null, 10)).toHaveLength(1)
  const events = await listEvents(tenant, { type: 'connected_account.restored' }, null, 100)
  expect(events.map(({ data }) => data.connected_account_id).sort()).toEqual(ids.slice(0, 4).sort())
  // Held: the provider is not asked again about any of them.
  const asked = (await practice.state()).token_refresh
  expect(await listAll(ids)).toEqual(all(ids, 'upstream_error'))
  expect((await practice.state()).token_refresh).toBe(asked)
})

test('what was held works again once the provider does, and the incident closes by itself, not before', async () => {
  const ids = await connected(6)
  await runOut(ids)
  await refusing()
  await listAll(ids)
  await practice.connect.sweepCredentials(deployment)
  expect(await incidents()).toMatchObject([{ resolution: null }])
  await practice.reset()
  await runOut(ids)
  expect(await listAll(ids)).toEqual(all(ids, 'succeeded'))
  expect(await statuses(ids)).toEqual(all(ids, 'active'))
  await superuser.sql(
    `UPDATE refresh_outcomes SET minute = minute - interval '6 minutes' WHERE outcome = 'invalid_grant'`,
  )
  await expect
    .poll(
      async () => {
        await practice.connect.sweepCredentials(deployment)
        return incidents()
      },
      { timeout: 5_000 },
    )
    .toMatchObject([{ resolution: 'recovered' }])
})

test('few that are refused alike, or many that are a small share, are believed', async () => {
  const ids = await connected(4)
  await runOut(ids)
  await refusing()
  expect(await listAll(ids)).toEqual(all(ids, 'reauthorization_required'))
  expect(await statuses(ids)).toEqual(all(ids, 'needs_reauth'))
  await counted('invalid_grant', 20)
  await counted('refreshed', 80)
  expect(await suspect('invalid_grant')).toBe(false)
  expect(await incidents()).toEqual([])
  await counted('refreshed', 79)
  expect(await suspect('invalid_grant')).toBe(true)
})

test('what was refused longer ago than five minutes is no part of a wave', async () => {
  await counted('invalid_grant', 20)
  await later()
  expect(await suspect('invalid_grant')).toBe(false)
})

test('a verdict of ours is believed however many there are of it', async () => {
  for (const reason of ['rotation_lost', 'expired', 'no_refresh_token']) {
    await counted(reason, 50)
    expect(await suspect(reason)).toBe(false)
  }
})

test('two that see a wave at once open one incident and raise one alarm', async () => {
  await counted('invalid_grant', 20)
  const before = await alarms()
  expect(await Promise.all(Array.from({ length: 8 }, () => suspect('invalid_grant')))).toEqual(
    Array.from({ length: 8 }, () => true),
  )
  expect(await incidents()).toHaveLength(1)
  expect((await alarms()) - before).toBe(1)
})

test('an incident that an operator confirms is believed for as long as it goes on, and the next one is not', async () => {
  await counted('invalid_grant', 20)
  expect(await suspect('invalid_grant')).toBe(true)
  const [opened] = await incidents()
  const operator = { type: 'member', id: 'op' }
  expect(await resolveIncident(deployment, opened?.id ?? '', 'confirmed', operator)).toBe(true)
  expect(await resolveIncident(deployment, opened?.id ?? '', 'confirmed', operator)).toBe(false)
  // Whatever the clock of this process says.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })
  try {
    expect(await suspect('invalid_grant')).toBe(false)
  } finally {
    vi.useRealTimers()
  }
  await later()
  await counted('invalid_grant', 20)
  expect(await suspect('invalid_grant')).toBe(true)
  expect(await incidents()).toMatchObject([{ resolution: 'confirmed' }, { resolution: null }])
})

test('a wave at one org’s own client holds nobody of another client', async () => {
  const own = { orgId: tenant.orgId, id: newId() }
  await superuser.sql(
    `INSERT INTO auth_configs (org_id, id, connector, name, client_id, scopes, base_urls, disabled_at)
     VALUES ($1, $2, 'sandbox', 'own', 'own', '{}', '{}', now())`,
    [own.orgId, own.id],
  )
  await counted('invalid_grant', 20, own)
  expect(await suspect('invalid_grant', own)).toBe(true)
  expect(await suspect('invalid_grant')).toBe(false)
  expect(await superuser.sql('SELECT org_id FROM provider_incidents')).toEqual([{ org_id: tenant.orgId }])
})

test('of a wave that comes all at once, and of what other processes believed meanwhile, nobody stays disconnected', async () => {
  const ids = await connected(12)
  const [late = ''] = ids
  await runOut(ids)
  await refusing()
  await Promise.all(ids.slice(1).map(list))
  // A process that had read the counts before the others wrote theirs.
  const { connectionId, generation } = await readCredential(tenant, uuid(late))
  await needsReauth(tenant, { accountId: uuid(late), connectionId, generation }, 'invalid_grant')
  expect((await statuses([late]))[0]).toBe('needs_reauth')
  await practice.connect.sweepCredentials(deployment)
  expect(await statuses(ids)).toEqual(all(ids, 'active'))
  expect(await incidents()).toHaveLength(1)
})

test('takes back what it has just believed, where another process opened the incident meanwhile', async () => {
  const [late = ''] = await connected(1)
  const connector = connectors.sandbox
  if (!connector) throw new Error('no practice provider')
  const auth = await authConfigOf(deployment, { orgId: deployment.orgId, id: sandboxConfig })
  const egress = createEgress({ allow: [], default: 'deny' })
  const refresher = refresherOf({ connectors, egress }, tenant, connector, auth)
  const state = await readCredential(tenant, uuid(late))
  // The other process comes between the decision and what follows from it: the account is held fast for so long.
  await superuser.sql('BEGIN')
  await superuser.sql('SELECT 1 FROM connected_accounts WHERE id = $1 FOR NO KEY UPDATE', [uuid(late)])
  const verdict = refresher.onDead(state, 'invalid_grant')
  const waits = async () => {
    await superuser.sql('SELECT pg_stat_clear_snapshot()')
    return superuser.sql(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
         AND query LIKE '%was_paused%'`,
    )
  }
  await expect.poll(waits, { timeout: 10_000 }).toHaveLength(1)
  await superuser.sql(
    `INSERT INTO provider_incidents (org_id, id, auth_config_id, connector, error_code)
     VALUES ($1, $2, $3, 'sandbox', 'invalid_grant')`,
    [deployment.orgId, newId(), sandboxConfig],
  )
  await superuser.sql('COMMIT')
  expect(await verdict).toBe('held')
  expect(await statuses([late])).toEqual(['active'])
})

test('takes back what was believed, though the clock of this process is ten minutes slow', async () => {
  const ids = await connected(5)
  await runOut(ids)
  await refusing()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 600_000 })
  try {
    await listAll(ids)
  } finally {
    vi.useRealTimers()
  }
  expect(await statuses(ids)).toEqual(all(ids, 'active'))
})

test('an account that was paused when its renewal was refused is paused when that is taken back, and after a new consent', async () => {
  const ids = await connected(2)
  const [paused = '', other = ''] = ids
  for (const id of ids) {
    const { connectionId, generation } = await readCredential(tenant, uuid(id))
    await superuser.sql(`UPDATE connected_accounts SET status = 'paused' WHERE id = $1`, [uuid(id)])
    await needsReauth(tenant, { accountId: uuid(id), connectionId, generation }, 'invalid_grant')
  }
  expect(await statuses(ids)).toEqual(all(ids, 'needs_reauth'))
  const { user_id } = await getAccount(tenant, uuid(other))
  await practice.connectAccount({ org: 'acme', user: user_id, accountId: other })
  expect(await statuses([other])).toEqual(['paused'])
  await counted('invalid_grant', 20)
  expect(await suspect('invalid_grant')).toBe(true)
  expect(await statuses([paused])).toEqual(['paused'])
})

test('gives up what stayed dead: soon what its provider refused, after a day what was lost', async () => {
  const [refused = '', lost = ''] = await connected(2)
  for (const [id, reason] of [
    [refused, 'invalid_grant'],
    [lost, 'rotation_lost'],
  ] as const) {
    const { connectionId, generation } = await readCredential(tenant, uuid(id))
    await needsReauth(tenant, { accountId: uuid(id), connectionId, generation }, reason)
  }
  const kept = async () =>
    (
      await superuser.sql<{ account_id: string; keys: number }>(
        `SELECT c.account_id FROM credentials c JOIN keyring.credential_keys k
           ON k.account_id = c.account_id AND k.generation = c.generation WHERE c.account_id = ANY($1::uuid[])`,
        [[uuid(refused), uuid(lost)]],
      )
    ).map(({ account_id }) => account_id)
  await change([refused, lost], `dead_at = now() - interval '14 minutes'`)
  await practice.connect.sweepCredentials(tenant)
  expect(await kept()).toHaveLength(2)
  await change([refused, lost], `dead_at = now() - interval '16 minutes'`)
  await practice.connect.sweepCredentials(tenant)
  expect(await kept()).toEqual([uuid(lost)])
  await change([lost], `dead_at = now() - interval '25 hours'`)
  await practice.connect.sweepCredentials(tenant)
  expect(await kept()).toEqual([])
  expect(
    await superuser.sql('SELECT FROM keyring.credential_keys WHERE account_id = ANY($1::uuid[])', [
      [uuid(refused), uuid(lost)],
    ]),
  ).toEqual([])
})
