import { afterAll, beforeAll, expect, test } from 'vitest'
import { disconnect, pool, readForOrg } from '#lib/db'
import { systemCaller } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

let superuser: Superuser
let acme: Tenant
let globex: Tenant

beforeAll(async () => {
  superuser = await useSuperuser()
  acme = await ensureOrg(systemCaller('test'), 'acme', prepareOrgKeys)
  globex = await ensureOrg(systemCaller('test'), 'globex', prepareOrgKeys)
  for (const { orgId } of [acme, globex])
    await superuser.sql(
      `INSERT INTO agents (org_id, id, name) SELECT $1::uuid, gen_random_uuid(), 'an agent' FROM generate_series(1, 3)`,
      [orgId],
    )
})
afterAll(() => disconnect())

/** As the facts of a call are read: everything hangs on `ctx.org`. */
const named = {
  name: 'test_agents',
  text: `found AS (SELECT a.* FROM ctx, LATERAL (SELECT x.org_id, x.name FROM agents x WHERE x.org_id = ctx.org
    AND x.name <> $2 LIMIT 10) a) SELECT * FROM found`,
}
/** One that asks for everything there is: row-level security alone holds it. */
const unbound = {
  name: 'test_unbound',
  text: `found AS (SELECT a.* FROM ctx, LATERAL (SELECT x.org_id, x.name, ctx.org FROM agents x
    WHERE ctx.org IS NOT NULL LIMIT 100) a) SELECT * FROM found`,
}
type Row = { org_id: string; name: string }

test('one statement reads in its own organization alone, whatever else runs beside it', async () => {
  const rounds = Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? acme : globex))
  const read = await Promise.all(rounds.map((tenant) => readForOrg<Row>(tenant, named, ['x'])))
  read.forEach((rows, at) => {
    expect(rows.map(({ org_id }) => org_id)).toEqual(Array(3).fill(rounds[at]?.orgId))
  })
})

test('a statement that forgets to name the organization still sees no other', async () => {
  for (const tenant of [acme, globex, acme]) {
    const rows = await readForOrg<Row>(tenant, unbound, [])
    expect(new Set(rows.map(({ org_id }) => org_id))).toEqual(new Set([tenant.orgId]))
  }
})

test('the context ends with the statement, a failed one included', async () => {
  await readForOrg(acme, named, ['x'])
  const broken = {
    name: 'test_broken',
    text: `found AS (SELECT 1 / (ctx.org IS NULL)::int AS n FROM ctx) SELECT * FROM found`,
  }
  await expect(readForOrg(acme, broken, [])).rejects.toThrow('division by zero')
  expect(await readForOrg<Row>(globex, named, ['x'])).toHaveLength(3)
  const { rows } = await pool().query('SELECT 1 FROM agents WHERE org_id IN ($1, $2)', [
    acme.orgId,
    globex.orgId,
  ])
  expect(rows).toEqual([])
})

test('a database that cannot be reached is unavailable, and nothing is read', async () => {
  await superuser.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  // Each connection that lay idle finds out for itself that it is gone.
  const told = () =>
    readForOrg<Row>(acme, named, ['x']).then(
      (rows) => rows.length,
      (error: { code?: string }) => error.code,
    )
  expect([3, 'unavailable']).toContain(await told())
  await expect.poll(told).toBe(3)
})
