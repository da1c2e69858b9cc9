import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { type CredentialRef, readCredential, sealTokens } from './credential.ts'
import { postponeRefresh, type Renewed, releaseLease, replaceTokens, takeLease } from './lease.ts'
import { sealerOf } from './seal.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let ref: CredentialRef
const owners = [crypto.randomUUID(), crypto.randomUUID()] as const

beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
})
afterAll(() => practice.stop())

let users = 0
beforeEach(async () => {
  const session = await practice.connectAccount({ org: 'acme', user: `u_${++users}` })
  tenant = await practice.tenant('acme')
  const accountId = parseId('connected_account', session.connected_account_id ?? '') ?? ''
  const { connectionId, generation } = await readCredential(tenant, accountId)
  ref = { accountId, connectionId, generation }
})

async function renewed(): Promise<Renewed> {
  const next = { ...ref, generation: ref.generation + 1n }
  const tokens = { accessToken: 'access-2', refreshToken: 'refresh-2' }
  return {
    replaces: ref,
    sealed: sealTokens(await sealerOf(tenant), next, tokens),
    refreshable: true,
    expiresInSeconds: 300,
    dueInSeconds: 200,
  }
}
const generation = async () => (await readCredential(tenant, ref.accountId)).generation

/** Runs `write` while another transaction has done `what` to the credential; that one commits once both wait. */
async function beside<T>(what: string, write: () => Promise<T>): Promise<T> {
  await superuser.sql('BEGIN')
  await superuser.sql(`UPDATE credentials SET ${what} WHERE account_id = $1`, [ref.accountId])
  const written = write()
  const waits = async () => {
    await superuser.sql('SELECT pg_stat_clear_snapshot()')
    return superuser.sql(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
  }
  await expect.poll(waits, { timeout: 10_000 }).toHaveLength(1)
  await superuser.sql('COMMIT')
  return written
}

test('a pair that is written while its credential is given up as lost revives it, and says so', async () => {
  const pair = await renewed()
  expect(
    await beside(`dead_at = now(), dead_reason = 'rotation_lost'`, () => replaceTokens(tenant, pair)),
  ).toBe('revived')
  expect(await generation()).toBe(2n)
  expect(await replaceTokens(tenant, pair)).toBe('written')
})

test('a pair that is written while its provider takes the consent back stays out', async () => {
  const pair = await renewed()
  expect(
    await beside(`dead_at = now(), dead_reason = 'invalid_grant'`, () => replaceTokens(tenant, pair)),
  ).toBe('overtaken')
})

test('of two that write the same generation one is in place, also when they do at once', async () => {
  const pairs = await Promise.all(Array.from({ length: 6 }, renewed))
  const outcomes = await Promise.all(pairs.map((pair) => replaceTokens(tenant, pair)))
  expect(outcomes.sort()).toEqual([
    'overtaken',
    'overtaken',
    'overtaken',
    'overtaken',
    'overtaken',
    'written',
  ])
  expect(await generation()).toBe(2n)
  const keys = await superuser.sql('SELECT FROM keyring.credential_keys WHERE account_id = $1', [
    ref.accountId,
  ])
  expect(keys).toHaveLength(1)
})

test('one of many takes a lease, and it is another’s once it has run out', async () => {
  const takes = await Promise.all(Array.from({ length: 6 }, () => takeLease(tenant, ref, owners[0], 30)))
  expect(takes.filter((lease) => lease !== null)).toHaveLength(1)
  await superuser.sql(
    `UPDATE credentials SET lease_until = now() - interval '1 second' WHERE account_id = $1`,
    [ref.accountId],
  )
  const next = await takeLease(tenant, ref, owners[1], 30)
  expect(next?.intentSeconds).toBeGreaterThanOrEqual(0)
  // Late: the lease that it gives back is not its own any more.
  await releaseLease(tenant, ref, owners[0], { spent: 'no', hold: null })
  expect(await takeLease(tenant, ref, owners[0], 30)).toBeNull()
  await releaseLease(tenant, ref, owners[1], { spent: 'no', hold: null })
  expect(await takeLease(tenant, ref, owners[0], 30)).toMatchObject({
    intentSeconds: null,
    lostSeconds: null,
  })
})

test('a postponement leaves the time of a newer credential alone', async () => {
  await replaceTokens(tenant, await renewed())
  await postponeRefresh(tenant, ref, null)
  const due = () =>
    superuser.sql('SELECT FROM credentials WHERE account_id = $1 AND refresh_due_at IS NOT NULL', [
      ref.accountId,
    ])
  expect(await due()).toHaveLength(1)
  await postponeRefresh(tenant, { ...ref, generation: 2n }, null)
  expect(await due()).toEqual([])
})
