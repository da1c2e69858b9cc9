import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller } from '#lib/identity'
import { newId, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { disconnect, forOrg, watchSession } from './index.ts'

let superuser: Superuser
let tenant: Tenant
beforeAll(async () => {
  superuser = await useSuperuser()
  tenant = await ensureOrg(systemCaller('test'), 'acme', prepareOrgKeys)
})
afterAll(disconnect)

async function session(): Promise<string> {
  const [id, userId] = [newId(), newId()]
  await forOrg(tenant, async (tx) => {
    await tx.end_users.create({ data: { org_id: tenant.orgId, id: userId, external_id: userId, groups: [] } })
    await tx.connect_sessions.create({
      data: {
        org_id: tenant.orgId,
        id,
        user_id: userId,
        status: 'open',
        connectors: [],
        scopes: {},
        embed_origins: [],
        agents: [],
        confirmation: 'host',
        token_hash: sha256(`${id} token`),
        link_hash: sha256(`${id} link`),
        created_by: {},
        expires_at: new Date(Date.now() + 60_000),
      },
    })
  })
  return id
}

const move = (id: string, status: string) =>
  forOrg(tenant, (tx) =>
    tx.connect_sessions.update({ where: { org_id_id: { org_id: tenant.orgId, id } }, data: { status } }),
  )

const listeners = () =>
  superuser.sql<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'behalf notices' AND datname = current_database()`,
  )

/** Counts how often somebody who waits for a session is told to look. */
function waiting(id: string) {
  let looks = 0
  const stop = watchSession(id, () => void looks++)
  return {
    get looks() {
      return looks
    },
    stop,
  }
}

test('tells whoever waits for a session that it moved, and nobody else, through one connection', async () => {
  const [mine, other] = [await session(), await session()]
  const [first, second, stranger] = [waiting(mine), waiting(mine), waiting(other)]
  // Each looks once when the connection is there, as what happened before it is not told.
  await expect.poll(() => first.looks * second.looks * stranger.looks, { timeout: 8_000 }).toBe(1)
  expect(await listeners()).toHaveLength(1)
  await move(mine, 'authorizing')
  await expect.poll(() => [first.looks, second.looks]).toEqual([2, 2])
  expect(stranger.looks).toBe(1)
  first.stop()
  await move(mine, 'completed')
  await expect.poll(() => second.looks).toBe(3)
  expect(first.looks).toBe(2)
  second.stop()
  stranger.stop()
  await expect.poll(listeners).toEqual([])
})

test('1,000 tabs wait for 250 sessions through one connection, and each hears of its own', async () => {
  const sessions = [await session(), await session(), await session()]
  const others = Array.from({ length: 247 }, newId)
  const tabs = [...sessions, ...others].flatMap((id) => Array.from({ length: 4 }, () => waiting(id)))
  expect(tabs).toHaveLength(1000)
  await expect.poll(() => Math.min(...tabs.map(({ looks }) => looks)), { timeout: 8_000 }).toBe(1)
  expect(await listeners()).toHaveLength(1)
  for (const id of sessions) await move(id, 'cancelled')
  await expect.poll(() => tabs.slice(0, 12).map(({ looks }) => looks)).toEqual(Array(12).fill(2))
  expect(tabs.slice(12).every(({ looks }) => looks === 1)).toBe(true)
  for (const tab of tabs) tab.stop()
  await expect.poll(listeners).toEqual([])
})

test('says nothing of a change that leaves the status alone, or that is rolled back', async () => {
  const id = await session()
  const seen = waiting(id)
  await expect.poll(() => seen.looks, { timeout: 8_000 }).toBe(1)
  await move(id, 'open')
  await forOrg(tenant, async (tx) => {
    await tx.connect_sessions.update({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      data: { status: 'failed' },
    })
    throw new Error('rolled back')
  }).catch(() => undefined)
  await move(id, 'declined')
  await expect.poll(() => seen.looks).toBe(2)
  seen.stop()
})

test('listens again after its connection was lost, and has everybody look at what was missed', async () => {
  const id = await session()
  const seen = waiting(id)
  await expect.poll(() => seen.looks, { timeout: 8_000 }).toBe(1)
  const [connection] = await listeners()
  await superuser.sql('SELECT pg_terminate_backend($1)', [connection?.pid])
  await expect.poll(() => seen.looks, { timeout: 8_000 }).toBe(2)
  await move(id, 'authorizing')
  await expect.poll(() => seen.looks).toBe(3)
  seen.stop()
})
