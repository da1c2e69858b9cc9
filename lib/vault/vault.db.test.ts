import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { config } from '#lib/config'
import { deployment } from '#lib/db'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { forgetOrgKeys, orgHmac, seal, withOpened } from './index.ts'

let practice: Practice
let superuser: Superuser
let org = ''
let made = 0

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  org = `org-${++made}`
  await practice.reset()
})

const integrity = expect.objectContaining({ code: 'unavailable', internal: 'vault_integrity' })

/** An account, by its public id and the id of its rows. */
async function connected(of = org, person = 'ana') {
  const { connected_account_id } = await practice.connectAccount({ org: of, user: 'u_1', person })
  const account = connected_account_id ?? ''
  return { account, id: parseId('connected_account', account) ?? '' }
}

const listTasks = (account: string) =>
  practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })

/** Expects `work` to end in `error` without one request to the provider. */
async function refusedAtHome(work: () => Promise<unknown>, error: unknown) {
  await practice.reset()
  await expect(work()).rejects.toEqual(error)
  expect((await practice.state()).last_requests).toEqual([])
}

const binding = { purpose: 'test', parts: ['row-1', '1'] }
const open = (
  tenant: Tenant,
  bound: { purpose: string; parts: readonly string[] },
  sealed: { sealed: Uint8Array; keyVersion: number },
) => withOpened(tenant, bound, sealed, async (plaintext) => plaintext.toString())

test('what is sealed opens under its own org, purpose and row, and is another ciphertext each time', async () => {
  await connected()
  const tenant = await practice.tenant(org)
  const [one, two] = [await seal(tenant, binding, 'a secret'), await seal(tenant, binding, 'a secret')]
  expect(await open(tenant, binding, one)).toBe('a secret')
  expect(await open(tenant, binding, two)).toBe('a secret')
  expect(Buffer.from(one.sealed).equals(two.sealed)).toBe(false)
})

test('what is lent is overwritten when its use ends, however it ends', async () => {
  await connected()
  const tenant = await practice.tenant(org)
  const sealed = await seal(tenant, binding, 'a secret')
  const lent: Buffer[] = []
  await withOpened(tenant, binding, sealed, async (plaintext) => lent.push(plaintext))
  const failing = withOpened(tenant, binding, sealed, async (plaintext) => {
    lent.push(plaintext)
    throw new Error('use failed')
  })
  await expect(failing).rejects.toThrow('use failed')
  expect(lent.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true, true])
})

test('sealed bytes open under no other purpose, row, generation or org, and with no bit changed', async () => {
  await connected()
  await connected(`${org}-other`)
  const [tenant, other] = [await practice.tenant(org), await practice.tenant(`${org}-other`)]
  const { sealed, keyVersion } = await seal(tenant, binding, 'a secret')
  const elsewhere = [
    { purpose: 'tests', parts: ['row-1', '1'] },
    { purpose: 'test', parts: ['row-2', '1'] },
    { purpose: 'test', parts: ['row-1', '2'] },
    { purpose: 'test', parts: ['row-11'] },
    { purpose: 'test', parts: ['row-1', '1', ''] },
  ]
  for (const bound of elsewhere)
    await expect(open(tenant, bound, { sealed, keyVersion })).rejects.toEqual(integrity)
  for (const stranger of [other, deployment])
    await expect(open(stranger, binding, { sealed, keyVersion })).rejects.toEqual(integrity)
  for (let at = 0; at < sealed.length; at++) {
    const bent = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte))
    await expect(open(tenant, binding, { sealed: bent, keyVersion })).rejects.toEqual(integrity)
  }
  const cut = { sealed: sealed.subarray(0, 20), keyVersion }
  await expect(open(tenant, binding, cut)).rejects.toEqual(integrity)
  await expect(open(tenant, binding, { sealed, keyVersion: 2 })).rejects.toMatchObject({
    code: 'unavailable',
  })
})

test.each([
  ['one org', ''],
  ['two orgs', '-other'],
])('credentials swapped between two accounts of %s are refused before anything leaves', async (_, suffix) => {
  const mine = await connected(org, 'ana')
  const theirs = await connected(org + suffix, 'ben')
  const swap = () =>
    superuser.tamper(
      `UPDATE credentials c SET sealed = d.sealed, key_version = d.key_version, generation = d.generation
       FROM credentials d WHERE (c.account_id, d.account_id) IN (($1, $2), ($2, $1))`,
      [mine.id, theirs.id],
    )
  expect(await swap()).toBe(2)
  for (const { account } of [mine, theirs]) await refusedAtHome(() => listTasks(account), integrity)
  expect(await swap()).toBe(2)
  for (const { account } of [mine, theirs]) expect((await listTasks(account)).status).toBe('succeeded')
})

test('a credential rolled back to an older generation is refused, and so is renewing from it', async () => {
  const { account, id } = await connected()
  const tenant = await practice.tenant(org)
  const read = async () =>
    (await superuser.sql<{ sealed: Buffer }>('SELECT sealed FROM credentials WHERE account_id = $1', [id]))[0]
      ?.sealed
  const put = (sealed: Buffer | undefined) =>
    superuser.tamper('UPDATE credentials SET sealed = $2 WHERE account_id = $1', [id, sealed])
  const refresh = () => practice.connect.refresh(tenant, practice.caller, id, origin)
  const old = await read()
  await refresh()
  const current = await read()
  await put(old)
  await refusedAtHome(() => listTasks(account), integrity)
  await refusedAtHome(refresh, integrity)
  await put(current)
  expect((await listTasks(account)).status).toBe('succeeded')
})

test('the client secret of another auth config is refused before anything leaves', async () => {
  const { id } = await connected()
  const tenant = await practice.tenant(org)
  const [row] = await superuser.sql<{ id: string; sealed_client_secret: Buffer }>(
    `SELECT id, sealed_client_secret FROM auth_configs WHERE connector = 'sandbox'`,
  )
  const put = (sealed: Uint8Array | undefined) =>
    superuser.tamper('UPDATE auth_configs SET sealed_client_secret = $2 WHERE id = $1', [row?.id, sealed])
  const foreign = await seal(deployment, { purpose: 'client_secret', parts: [crypto.randomUUID()] }, 'secret')
  const version = Buffer.alloc(4)
  version.writeUInt32BE(foreign.keyVersion)
  await put(Buffer.concat([version, foreign.sealed]))
  await refusedAtHome(() => practice.connect.refresh(tenant, practice.caller, id, origin), integrity)
  await put(row?.sealed_client_secret)
})

test('under another master key nothing opens and nothing leaves, and with the right one all is as it was', async () => {
  const { account } = await connected()
  const tenant = await practice.tenant(org)
  const flip = () => {
    const [key = new Uint8Array()] = config().keys.masterKeys
    key[0] = (key[0] ?? 0) ^ 1
    forgetOrgKeys(tenant)
  }
  flip()
  try {
    await refusedAtHome(
      () => listTasks(account),
      expect.objectContaining({ code: 'unavailable', internal: expect.stringContaining('does not unwrap') }),
    )
  } finally {
    flip()
  }
  expect((await listTasks(account)).status).toBe('succeeded')
})

test('the wrapped key of another org does not unwrap', async () => {
  const { account } = await connected()
  await connected(`${org}-other`)
  const [tenant, other] = [await practice.tenant(org), await practice.tenant(`${org}-other`)]
  const swap = () =>
    superuser.tamper(
      `UPDATE keyring.org_keys k SET wrapped = o.wrapped FROM keyring.org_keys o
       WHERE k.purpose = o.purpose AND (k.org_id, o.org_id) IN (($1, $2), ($2, $1))`,
      [tenant.orgId, other.orgId],
    )
  await swap()
  forgetOrgKeys(tenant)
  await refusedAtHome(() => listTasks(account), expect.objectContaining({ code: 'unavailable' }))
  await swap()
  expect((await listTasks(account)).status).toBe('succeeded')
})

test('a fingerprint of params is the same within an org and another in the next', async () => {
  await connected()
  await connected(`${org}-other`)
  const [tenant, other] = [await practice.tenant(org), await practice.tenant(`${org}-other`)]
  const of = (whose: Tenant, purpose = 'params') => orgHmac(whose, purpose, '{"title":"x"}')
  expect(await of(tenant)).toBe(await of(tenant))
  expect(new Set([await of(tenant), await of(other), await of(tenant, 'upgrade_link')]).size).toBe(3)
})
