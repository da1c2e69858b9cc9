import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller } from '#lib/identity'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { withRetry } from './client.ts'
import { disconnect, forOrg, lookupOrg, pool, type Tx } from './index.ts'

const unavailable = expect.objectContaining({ name: 'AppError', code: 'unavailable' })
let superuser: Superuser
let tenant: Tenant
const users = [newId(), newId()]

beforeAll(async () => {
  superuser = await useSuperuser()
  tenant = await ensureOrg(systemCaller('test'), 'acme', prepareOrgKeys)
  await forOrg(tenant, (tx) =>
    tx.end_users.createMany({
      data: users.map((id) => ({ org_id: tenant.orgId, id, external_id: id, groups: [] })),
    }),
  )
})
afterAll(disconnect)

const rename = (tx: Tx, id: string | undefined, name: string) =>
  tx.end_users.updateMany({ where: { org_id: tenant.orgId, id: id ?? '' }, data: { name } })

const backend = async (tx: Tx) =>
  (await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid

test('says unavailable in a bounded time when no connection is free, and works again once one is', async () => {
  const held = await Promise.all(Array.from({ length: pool().options.max }, () => pool().connect()))
  const startedAt = performance.now()
  try {
    const refused = await Promise.allSettled([
      forOrg(tenant, (tx) => tx.end_users.count()),
      lookupOrg('acme'),
    ])
    expect(refused.map((end) => (end.status === 'rejected' ? end.reason : end.value))).toEqual([
      unavailable,
      unavailable,
    ])
    expect(performance.now() - startedAt).toBeLessThan(8_000)
  } finally {
    for (const client of held) client.release()
  }
  expect(await forOrg(tenant, (tx) => tx.end_users.count())).toBe(2)
})

test('says unavailable when the connection is lost inside a transaction, keeps nothing of it, and reconnects', async () => {
  const cut = forOrg(tenant, async (tx) => {
    await rename(tx, users[0], 'half done')
    await superuser.sql('SELECT pg_terminate_backend($1)', [await backend(tx)])
    await rename(tx, users[1], 'half done')
  })
  await expect(cut).rejects.toEqual(unavailable)
  const names = await forOrg(tenant, (tx) => tx.end_users.findMany({ select: { name: true } }))
  expect(names).toEqual([{ name: null }, { name: null }])
})

test('says unavailable when the server has gone without a word in the middle of a statement', async () => {
  const silent = { text: 'SELECT pg_sleep(60)', query_timeout: 50 }
  await expect(withRetry(() => pool().query(silent))).rejects.toEqual(unavailable)
  await superuser.sql(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = $1`, [silent.text])
  expect(await forOrg(tenant, (tx) => tx.end_users.count())).toBe(2)
})

test('replaces idle connections that the server closed without a refused call', async () => {
  await forOrg(tenant, (tx) => tx.end_users.count())
  await superuser.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'behalf' AND datname = current_database()`,
  )
  await expect.poll(() => pool().idleCount).toBe(0)
  expect(await forOrg(tenant, (tx) => tx.end_users.count())).toBe(2)
})

test('runs a transaction again when two lock each other out, so that both happen', async () => {
  const tries = [0, 0]
  const { promise: bothHold, resolve } = Promise.withResolvers<void>()
  let holding = 0
  const cross = (own: 0 | 1) =>
    forOrg(tenant, async (tx) => {
      tries[own] = (tries[own] ?? 0) + 1
      await rename(tx, users[own], `first ${own}`)
      if (++holding === 2) resolve()
      await bothHold
      await rename(tx, users[1 - own], `second ${own}`)
      return own
    })
  expect(await Promise.all([cross(0), cross(1)])).toEqual([0, 1])
  // One of them was the victim, or, on a slow machine, each once.
  expect((tries[0] ?? 0) + (tries[1] ?? 0)).toBeGreaterThan(2)
  const names = await forOrg(tenant, (tx) => tx.end_users.findMany({ select: { name: true } }))
  expect(new Set(names.map(({ name }) => name?.at(-1))).size).toBe(1)
})
