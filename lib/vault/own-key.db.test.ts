import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { deployment } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { type StandIn, startTransit, vaultToken } from '../../scripts/testing/key-services.ts'
import { type Practice, rootKey, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { forgetOrgKeys, rotationsOf } from './index.ts'

let practice: Practice
let superuser: Superuser
let transit: StandIn
let patch: (org: string, secret: string, body: object) => Promise<Response>
let org = ''
let made = 0
let aheadMs = 0

beforeAll(async () => {
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs)
  transit = await startTransit(['behalf', 'acme', 'globex'])
  Object.assign(process.env, {
    BEHALF_KEY_SERVICE: 'vault',
    BEHALF_KMS_KEY: 'behalf',
    BEHALF_VAULT_ADDR: transit.address,
    BEHALF_VAULT_TOKEN: vaultToken,
  })
  practice = await startPractice()
  superuser = await useSuperuser()
  const { PATCH } = await import('../../app/api/v1/orgs/[id]/route.ts')
  patch = (id, secret, body) =>
    PATCH(
      new Request(`http://localhost:3999/api/v1/orgs/${id}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
      { params: Promise.resolve({ id }) },
    )
})
afterAll(async () => {
  await practice.stop()
  await transit.close()
})
beforeEach(async () => {
  org = `org-${++made}`
  await practice.reset()
})
afterEach(() => {
  transit.mood = 'well'
})

async function connected(of = org) {
  const { connected_account_id } = await practice.connectAccount({ org: of, user: 'u_1' })
  return connected_account_id ?? ''
}
const listTasks = (account: string) =>
  practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })
const works = async (account: string) => (await listTasks(account)).status === 'succeeded'

/** Expects a call to end before anything reaches the provider. */
async function refusedAtHome(account: string) {
  await practice.reset()
  await expect(listTasks(account)).rejects.toMatchObject({ code: 'unavailable' })
  expect((await practice.state()).last_requests).toEqual([])
}

const wrappedBy = (tenant: Tenant) =>
  superuser.sql<{ purpose: string; key_service: string; key_id: string }>(
    'SELECT purpose, key_service, key_id FROM keyring.org_keys WHERE org_id = $1 ORDER BY purpose',
    [tenant.orgId],
  )

/** As another process would meet it: with nothing in hand. */
const afresh = (...tenants: Tenant[]) => {
  for (const tenant of [deployment, ...tenants]) forgetOrgKeys(tenant)
}

/** Moves the monotonic clock, which the caches go by; it never goes back. */
function later(seconds: number) {
  aheadMs += seconds * 1_000
}

test('on Transit everything is wrapped there, and asked for once', async () => {
  const account = await connected()
  const tenant = await practice.tenant(org)
  expect(await wrappedBy(tenant)).toEqual([
    { purpose: 'data', key_service: 'vault', key_id: 'transit/behalf:v1' },
    { purpose: 'hmac', key_service: 'vault', key_id: 'transit/behalf:v1' },
  ])
  await works(account)
  const before = transit.calls.length
  expect(await Promise.all(Array.from({ length: 20 }, () => works(account)))).not.toContain(false)
  expect(transit.calls.length).toBe(before)
})

test('an outage leaves those calls working whose keys are in hand, and refuses the others: nothing is sent or kept in clear', async () => {
  const account = await connected()
  const tenant = await practice.tenant(org)
  expect(await works(account)).toBe(true)
  transit.mood = 'down'
  later(600)
  expect(await works(account)).toBe(true)
  later(3_600)
  await refusedAtHome(account)
  transit.mood = 'well'
  expect(await works(account)).toBe(true)
  afresh(tenant)
  transit.mood = 'down'
  await refusedAtHome(account)
  await expect(practice.session({ org_id: `${org}-new`, user_id: 'u_1' })).rejects.toMatchObject({
    code: 'unavailable',
  })
  transit.mood = 'well'
  expect(await works(account)).toBe(true)
})

test("an org's own key wraps its keys from then on; its owner's no stops that org within a minute, and no other", async () => {
  const account = await connected()
  const other = await connected(`${org}-other`)
  const tenant = await practice.tenant(org)
  const named = await patch(org, rootKey, { encryption_key: { service: 'vault', name: 'acme' } })
  expect(named.status).toBe(200)
  expect(await named.json()).toMatchObject({ encryption_key: { service: 'vault', name: 'acme' } })
  expect((await wrappedBy(tenant)).map(({ key_id }) => key_id)).toEqual([
    'transit/acme:v1',
    'transit/acme:v1',
  ])
  expect([await works(account), await works(other)]).toEqual([true, true])
  transit.mood = 'refused'
  later(61)
  await refusedAtHome(account)
  expect(await works(other)).toBe(true)
  transit.mood = 'well'
  afresh(tenant)
  const back = await patch(org, rootKey, { encryption_key: null })
  expect(await back.json()).toMatchObject({ encryption_key: null })
  expect((await wrappedBy(tenant)).map(({ key_id }) => key_id)).toEqual([
    'transit/behalf:v1',
    'transit/behalf:v1',
  ])
  expect(await works(account)).toBe(true)
  const events = await superuser.sql<{ details: object }>(
    `SELECT details FROM audit_events WHERE org_id = $1 AND action = 'organization.encryption_key_changed' ORDER BY sequence`,
    [tenant.orgId],
  )
  expect(events.map(({ details }) => details)).toEqual([
    { key_service: 'vault', key_id: 'transit/acme:v1' },
    { key_service: 'deployment', key_id: 'transit/behalf:v1' },
  ])
})

test('a key that does not wrap is not accepted, nor any named with a key that an org restricts', async () => {
  await connected()
  const tenant = await practice.tenant(org)
  const before = await wrappedBy(tenant)
  const names = [
    { service: 'vault', name: 'nobody' },
    { service: 'vault', name: 'acme/../globex' },
    { service: 'vault', name: 'a/b' },
    { service: 'aws_kms', name: 'alias/behalf' },
    { service: 'local', name: 'x' },
  ]
  for (const encryption_key of names) {
    const answer = await patch(org, rootKey, { encryption_key })
    expect([answer.status, (await answer.json()).code]).toEqual([422, 'invalid_request'])
  }
  const { createApiKeyIn } = await import('#lib/identity')
  const { forOrg } = await import('#lib/db')
  const { secret } = await forOrg(tenant, (tx) =>
    createApiKeyIn(tx, tenant, { name: 'own', roles: ['manage'] }),
  )
  const restricted = await patch(org, secret, { encryption_key: { service: 'vault', name: 'acme' } })
  expect(restricted.status).toBe(422)
  expect(await wrappedBy(tenant)).toEqual(before)
})

test('a wrapped key that was moved to another org does not unwrap there', async () => {
  const account = await connected()
  await connected(`${org}-other`)
  const [tenant, other] = [await practice.tenant(org), await practice.tenant(`${org}-other`)]
  const swap = () =>
    superuser.tamper(
      `UPDATE keyring.org_keys k SET wrapped = o.wrapped FROM keyring.org_keys o
       WHERE k.purpose = o.purpose AND (k.org_id, o.org_id) IN (($1, $2), ($2, $1))`,
      [tenant.orgId, other.orgId],
    )
  await swap()
  afresh(tenant, other)
  await refusedAtHome(account)
  await swap()
  expect(await works(account)).toBe(true)
})

test('a new version of the key at the service wraps all after a re-wrap, those of orgs with keys of their own too', async () => {
  const account = await connected()
  const tenant = await practice.tenant(org)
  await patch(org, rootKey, { encryption_key: { service: 'vault', name: 'globex' } })
  transit.rotate()
  const { keyRotation } = await import('#runtime')
  const rotation = await keyRotation.startRewrap({ type: 'system', id: 'test' })
  await keyRotation.stepRewrap(rotation.id, new AbortController().signal)
  expect((await rotationsOf(deployment))[0]).toMatchObject({ status: 'done', failed: 0 })
  expect((await wrappedBy(tenant)).map(({ key_id }) => key_id)).toEqual([
    'transit/globex:v2',
    'transit/globex:v2',
  ])
  expect((await wrappedBy(deployment)).every(({ key_id }) => key_id === 'transit/behalf:v2')).toBe(true)
  afresh(tenant)
  expect(await works(account)).toBe(true)
})
