import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller } from '#lib/identity'
import { deploymentOrgId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { root } from '../../scripts/install.mjs'
import { madeUpRow, readTables, type Table } from '../../scripts/testing/catalogue.ts'
import { useDatabase } from '../../scripts/testing/database.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { disconnect, forOrg, pool } from './index.ts'

/** Tables that no org's rows are in, and why. */
const withoutTenant: Readonly<Record<string, string>> = {
  organizations: 'is the list of orgs: its own id is the tenant, by a policy of its own',
  _prisma_migrations: 'says which migrations ran',
}

/** What may run with more rights than its caller: the reads before a tenant is known, and nothing else. */
const definers = [
  'access_token_revoked(bytea)',
  'accounts_at_provider(uuid,uuid,text)',
  'accounts_in_workspace(uuid,uuid,text)',
  'audit_drop_partitions()',
  'audit_make_partitions(integer)',
  'audit_retain(bigint,text,text)',
  'chains_to_sign(double precision,integer)',
  'claim_due_refreshes(uuid,uuid,integer,double precision)',
  'dead_since(uuid,uuid,text,double precision)',
  'due_auth_configs()',
  'held_accounts(uuid,uuid)',
  'list_orgs(uuid,integer)',
  'lookup_agent_object(uuid)',
  'lookup_api_key(bytea)',
  'lookup_approval(uuid)',
  'lookup_audit_stream(uuid)',
  'lookup_connect_session(bytea)',
  'lookup_connection(uuid)',
  'lookup_domain(text)',
  'lookup_limit(uuid)',
  'lookup_members(text)',
  'lookup_object(text,uuid)',
  'lookup_org(text)',
  'lookup_org_name(uuid)',
  'lookup_people(text)',
  'lookup_policy_object(uuid)',
  'lookup_scim_token(bytea)',
  'lookup_sign_in(bytea)',
  'lookup_sign_in_link(bytea)',
  'lookup_sso_connection(uuid)',
  'lookup_sso_domain(text)',
  'lookup_stop(uuid)',
  'orgs_being_deleted()',
  'revocations_of_batch(uuid,uuid,integer)',
  'running_everywhere(text,text,double precision)',
  'shares_grant(uuid,uuid,text,uuid)',
  'streams_behind(integer)',
  'usage_everywhere(timestamp with time zone,timestamp with time zone)',
]

/** What behalf_keeper does, and no other role: partitions come and go, and retention lets go of old events. */
const keepers = definers.filter((name) => /^audit_(drop|make)_partitions|^audit_retain/.test(name))

/** References that leave the org: to what the deployment shares. Each has a CHECK that lets in no third org. */
const sharedReferences = [
  'agent_org_id → agents.org_id',
  'auth_config_org_id → auth_configs.org_id',
  'stream_org_id → audit_streams.org_id',
]

const { url } = useDatabase()
const login = new URL(url).username
const operator = systemCaller('test')
let superuser: Superuser
let runtime: Client
let tables: Table[]
let scoped: Table[]
let acme: Tenant
let globex: Tenant

beforeAll(async () => {
  superuser = await useSuperuser()
  acme = await ensureOrg(operator, 'acme', prepareOrgKeys)
  globex = await ensureOrg(operator, 'globex', prepareOrgKeys)
  tables = await readTables(superuser)
  scoped = tables.filter(({ name }) => !(name in withoutTenant))
  for (const table of scoped.filter(({ partition }) => !partition)) {
    for (const orgId of [acme.orgId, globex.orgId, deploymentOrgId]) {
      // The two orgs have their keys from the moment they were made.
      if (table.name === 'keyring.org_keys' && orgId !== deploymentOrgId) continue
      const { text, values } = madeUpRow(table, orgId)
      expect(await superuser.tamper(text, values)).toBe(1)
    }
  }
  runtime = new Client({ connectionString: url })
  await runtime.connect()
})
afterAll(async () => {
  await runtime?.end()
  await disconnect()
})

/** Runs one statement as the application, for one org or for none, and takes it back. */
async function asRuntime(orgId: string | null, text: string, values: unknown[] = []) {
  await runtime.query('BEGIN')
  try {
    if (orgId !== null) await runtime.query(`SELECT set_config('app.org_id', $1, true)`, [orgId])
    return await runtime.query(text, values)
  } finally {
    await runtime.query('ROLLBACK')
  }
}

const may = async (table: string, right: string) =>
  (
    await superuser.sql<{ may: boolean }>('SELECT has_table_privilege($1, $2, $3) AS may', [
      login,
      table,
      right,
    ])
  )[0]?.may

test('knows every table: each is scoped to an org or on the written list', () => {
  expect(scoped.length).toBeGreaterThan(20)
  expect(tables.filter(({ kind }) => kind !== 'r' && kind !== 'p').map(({ name }) => name)).toEqual([])
  expect(scoped.filter(({ columns }) => !columns.some(({ name }) => name === 'org_id'))).toEqual([])
  for (const name of Object.keys(withoutTenant)) expect(tables.map((table) => table.name)).toContain(name)
})

test('forces row-level security on every table of an org, on partitions and on the owner too', async () => {
  const bare = await superuser.sql(
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relkind IN ('r', 'p') AND relnamespace IN ('public'::regnamespace, 'keyring'::regnamespace)
       AND NOT (relrowsecurity AND relforcerowsecurity) AND relname <> '_prisma_migrations'`,
  )
  expect(bare).toEqual([])
})

test('lets a policy compare with the org of the transaction on every table, and shows no row by another', async () => {
  const policies = await superuser.sql<{ name: string; policy: string; using: string; check: string | null }>(
    `SELECT polrelid::regclass::text AS name, polname AS policy, pg_get_expr(polqual, polrelid) AS using,
       pg_get_expr(polwithcheck, polrelid) AS check
     FROM pg_policy WHERE polrelid::regclass::text NOT LIKE 'graphile_worker.%'`,
  )
  const tenants = policies.filter(({ policy }) => policy === 'tenant')
  expect(tenants.map(({ name }) => name).sort()).toEqual(
    [...scoped.map(({ name }) => name), 'organizations'].sort(),
  )
  for (const { name, using, check } of tenants) {
    const own = `(${name === 'organizations' ? 'id' : 'org_id'} = app_org())`
    expect({ name, using, check }).toEqual({ name, using: own, check: own })
  }
  const others = policies.filter(({ policy }) => policy !== 'tenant')
  expect(
    others
      .filter(({ policy }) => policy === 'deployment_shared')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['agents', 'auth_configs', 'keyring.org_keys', 'stops', 'upstream_waits'])
  expect([...new Set(others.map(({ policy }) => policy))].sort()).toEqual([
    'claim',
    'deployment_shared',
    'keeper',
    'lookup',
  ])
  const keeping = await superuser.sql(
    `SELECT polrelid::regclass::text AS name, polcmd AS command, polroles = ARRAY['behalf_keeper'::regrole::oid] AS keeper
     FROM pg_policy WHERE polname = 'keeper'`,
  )
  expect(keeping).toEqual([{ name: 'audit_events', command: 'r', keeper: true }])
  // The one right to change rows of all orgs: when a refresh is due, for the function that claims it.
  const claims = await superuser.sql(
    `SELECT polrelid::regclass::text AS name, polcmd AS command, polroles = ARRAY['behalf_lookup'::regrole::oid] AS lookup,
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = polrelid AND attnum > 0
         AND has_column_privilege('behalf_lookup', polrelid, attname::text, 'UPDATE')) AS columns
     FROM pg_policy WHERE polname = 'claim'`,
  )
  expect(claims).toEqual([{ name: 'credentials', command: 'w', lookup: true, columns: ['refresh_due_at'] }])
  const toRuntime = await superuser.sql(
    `SELECT polrelid::regclass::text AS name FROM pg_policy
     WHERE polname = 'lookup' AND (polcmd <> 'r' OR polroles <> ARRAY['behalf_lookup'::regrole::oid])`,
  )
  expect(toRuntime).toEqual([])
})

test('has the org in the primary key of every table', async () => {
  const keyed = await superuser.sql<{ name: string }>(
    `SELECT i.indrelid::regclass::text AS name FROM pg_index i
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname = 'org_id'
     WHERE i.indisprimary`,
  )
  const names = keyed.map(({ name }) => name)
  expect(scoped.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([])
})

test('carries the org in every foreign key, or refers to what the deployment shares under a check', async () => {
  const keys = await superuser.sql<{ key: string; pairs: string[] }>(
    `SELECT conrelid::regclass || '.' || conname AS key,
       ARRAY(SELECT a.attname || ' → ' || confrelid::regclass || '.' || f.attname
         FROM unnest(conkey, confkey) AS p(own, foreign_)
         JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = p.own
         JOIN pg_attribute f ON f.attrelid = confrelid AND f.attnum = p.foreign_) AS pairs
     FROM pg_constraint WHERE contype = 'f'
       AND connamespace IN ('public'::regnamespace, 'keyring'::regnamespace)`,
  )
  expect(keys.length).toBeGreaterThan(30)
  const carriesOrg = (pairs: string[]) =>
    pairs.some((pair) => /^org_id → (\w+\.org_id|organizations\.id)$/.test(pair))
  const leaving = keys.filter(({ pairs }) => !carriesOrg(pairs))
  expect([...new Set(leaving.map(({ pairs }) => pairs[0]))].sort()).toEqual(sharedReferences)
  for (const { key, pairs } of leaving) {
    const [column] = pairs[0]?.split(' ') ?? []
    const checks = await superuser.sql(
      `SELECT FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::regclass
       AND pg_get_constraintdef(oid) ~ $2 AND pg_get_constraintdef(oid) ~ 'deployment_org\\(\\)'`,
      [key.split('.')[0], `\\m${column}\\M`],
    )
    expect({ key, checks: checks.length }).toEqual({ key, checks: 1 })
  }
})

test('binds the application’s login: no superuser, no owner, and no way to become one', async () => {
  const [role] = await superuser.sql(
    `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
       (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned,
       (SELECT count(*)::int FROM pg_proc WHERE proowner = r.oid) AS functions,
       ARRAY(SELECT o.rolname::text FROM pg_roles o WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER')) AS roles
     FROM pg_roles r WHERE rolname = $1`,
    [login],
  )
  expect(role).toEqual({
    rolsuper: false,
    rolbypassrls: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolreplication: false,
    owned: 0,
    functions: 0,
    roles: ['behalf_runtime'],
  })
  const [{ owner = '' } = {}] = await superuser.sql<{ owner: string }>(
    `SELECT relowner::regrole::text AS owner FROM pg_class WHERE oid = 'organizations'::regclass`,
  )
  for (const statement of [
    `SET ROLE ${owner}`,
    'SET ROLE behalf_lookup',
    `SET SESSION AUTHORIZATION ${owner}`,
    'SET session_replication_role = replica',
    'ALTER TABLE end_users DISABLE ROW LEVEL SECURITY',
    'DROP POLICY tenant ON end_users',
    'ALTER TABLE audit_events DISABLE TRIGGER ALL',
    'CREATE TABLE public.elsewhere (id int)',
    'CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    `CREATE OR REPLACE FUNCTION app_org() RETURNS uuid LANGUAGE sql AS $$ SELECT NULL::uuid $$`,
  ]) {
    await expect(runtime.query(statement), statement).rejects.toThrow(/permission denied|must be owner/)
  }
  await expect(asRuntime(acme.orgId, 'SET LOCAL row_security = off')).resolves.toBeDefined()
  await runtime.query('SET row_security = off')
  await expect(runtime.query('SELECT FROM end_users')).rejects.toThrow(/row-level security/)
  await runtime.query('RESET row_security')
})

test('shows the application no row at all without an org', async () => {
  // The partition of a month to come is empty: the table that it is of is not.
  const filled = scoped.filter(({ partition }) => !partition)
  for (const { name } of [...filled, { name: 'organizations' }]) {
    const [real] = await superuser.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${name}`)
    expect(real?.n, name).toBeGreaterThan(1)
    if (!(await may(name, 'SELECT'))) continue
    expect((await asRuntime(null, `SELECT * FROM ${name}`)).rows, name).toEqual([])
    expect((await asRuntime('', `SELECT * FROM ${name}`)).rows, name).toEqual([])
  }
})

test('shows an org its own rows of every table, and none of another’s', async () => {
  for (const { name } of scoped) {
    if (!(await may(name, 'SELECT'))) {
      await expect(asRuntime(acme.orgId, `SELECT FROM ${name}`), name).rejects.toThrow(/permission denied/)
      continue
    }
    const { rows } = await asRuntime(acme.orgId, `SELECT DISTINCT org_id FROM ${name}`)
    const seen = rows.map((row: { org_id: string }) => row.org_id).sort()
    const shared = ['agents', 'auth_configs', 'keyring.org_keys', 'stops', 'upstream_waits'].includes(name)
    expect({ name, seen }).toEqual({
      name,
      seen: shared ? [deploymentOrgId, acme.orgId].sort() : [acme.orgId],
    })
  }
  const { rows } = await asRuntime(acme.orgId, 'SELECT id FROM organizations')
  expect(rows).toEqual([{ id: acme.orgId }])
})

test('refuses an org to write, change, move or delete a row of another’s, and of the deployment’s', async () => {
  for (const table of scoped) {
    for (const other of [globex.orgId, deploymentOrgId]) {
      const { text, values } = madeUpRow(table, other)
      await expect(asRuntime(acme.orgId, text, values), `${text} ${other}`).rejects.toThrow(
        /row-level security|permission denied/,
      )
      const [column] = table.columns
      const touched: [string, string, unknown[]][] = [
        ['UPDATE', `UPDATE ${table.name} SET ${column?.name} = ${column?.name} WHERE org_id = $1`, [other]],
        ['DELETE', `DELETE FROM ${table.name} WHERE org_id = $1`, [other]],
      ]
      for (const [right, statement, args] of touched) {
        if (!(await may(table.name, right))) continue
        expect((await asRuntime(acme.orgId, statement, args)).rowCount, statement).toBe(0)
      }
      if (!(await may(table.name, 'UPDATE'))) continue
      await expect(
        asRuntime(acme.orgId, `UPDATE ${table.name} SET org_id = $1 WHERE org_id = $2`, [other, acme.orgId]),
        table.name,
      ).rejects.toThrow(/row-level security/)
    }
  }
})

test('never lets one org’s context reach another’s transaction over shared connections', async () => {
  pool().options.max = 3
  let calls = 0
  const leaks: unknown[] = []
  const worker = async (at: number) => {
    while (calls < 2_000) {
      const n = calls++
      const tenant = (n + at) % 2 === 0 ? acme : globex
      const call = forOrg(tenant, async (tx) => {
        const rows = await tx.end_users.findMany({ select: { org_id: true } })
        if (rows.length === 0 || rows.some(({ org_id }) => org_id !== tenant.orgId)) leaks.push({ n, rows })
        // Some end in an error: what a rolled back transaction leaves on its connection must be nothing as well.
        if (n % 7 === 0) throw new Error('taken back')
      })
      await call.catch((error: Error) => {
        if (error.message !== 'taken back') throw error
      })
      if (n % 20 !== 0) continue
      const { rows } = await pool().query('SELECT count(*)::int AS n FROM end_users')
      if (rows[0].n !== 0) leaks.push({ n, without: rows[0].n })
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, at) => worker(at)))
  expect(calls).toBeGreaterThanOrEqual(2_000)
  expect(pool().totalCount).toBeLessThanOrEqual(3)
  expect(leaks).toEqual([])
}, 60_000)

test('runs nothing with more rights than its caller but the written list, for the application alone', async () => {
  const found = await superuser.sql<{ name: string; owner: string; path: string[]; everyone: boolean }>(
    `SELECT oid::regprocedure::text AS name, proowner::regrole::text AS owner, proconfig AS path,
       has_function_privilege('public', oid, 'EXECUTE') AS everyone
     FROM pg_proc WHERE prosecdef AND pronamespace IN ('public'::regnamespace, 'keyring'::regnamespace)`,
  )
  expect(found.map(({ name }) => name).sort()).toEqual(definers)
  for (const { name, owner, path, everyone } of found) {
    expect({ name, owner, path, everyone }).toEqual({
      name,
      owner: keepers.includes(name) ? 'behalf_keeper' : 'behalf_lookup',
      path:
        name.endsWith('_partitions()') || name.endsWith('_partitions(integer)')
          ? ['search_path=pg_catalog, public', 'lock_timeout=3s']
          : ['search_path=pg_catalog, public'],
      everyone: false,
    })
  }
  const [keeper] = await superuser.sql(
    `SELECT rolcanlogin, rolsuper, rolbypassrls, ARRAY(SELECT oid::regclass::text FROM pg_class c
       WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p') AND NOT c.relispartition) AS owns
     FROM pg_roles r WHERE rolname = 'behalf_keeper'`,
  )
  expect(keeper).toEqual({ rolcanlogin: false, rolsuper: false, rolbypassrls: false, owns: ['audit_events'] })
  const [lookup] = await superuser.sql(
    `SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'behalf_lookup'`,
  )
  expect(lookup).toEqual({ rolcanlogin: false, rolsuper: false, rolbypassrls: false })
  const writable = await superuser.sql(
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relnamespace IN ('public'::regnamespace, 'keyring'::regnamespace) AND relkind IN ('r', 'p')
       AND (has_table_privilege('behalf_lookup', oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
         OR has_any_column_privilege('behalf_lookup', oid, 'INSERT, UPDATE'))`,
  )
  // When a refresh is due, for `claim_due_refreshes`.
  expect(writable).toEqual([{ name: 'credentials' }])
})

test('gives the application no right to change or destroy evidence, not by a cascade either', async () => {
  for (const table of ['audit_events', 'connections', 'connection_grantees', 'receipts']) {
    for (const right of ['UPDATE', 'DELETE', 'TRUNCATE']) {
      expect({ table, right, may: await may(table, right) }).toEqual({ table, right, may: false })
    }
    const [column] = await superuser.sql('SELECT has_any_column_privilege($1, $2, $3) AS may', [
      login,
      table,
      'UPDATE',
    ])
    expect(column).toEqual({ may: false })
    await expect(asRuntime(acme.orgId, `DELETE FROM ${table}`)).rejects.toThrow(/permission denied/)
    await expect(asRuntime(acme.orgId, `UPDATE ${table} SET org_id = org_id`)).rejects.toThrow(
      /permission denied/,
    )
    await expect(asRuntime(acme.orgId, `TRUNCATE ${table}`)).rejects.toThrow(/permission denied/)
  }
  const cascading = await superuser.sql<{ name: string }>(
    `WITH RECURSIVE above AS (
       SELECT oid AS id FROM pg_class WHERE relname IN
         ('connections', 'connection_grantees', 'receipts', 'audit_events', 'executions')
       UNION SELECT confrelid FROM pg_constraint JOIN above ON conrelid = id WHERE contype = 'f' AND confdeltype = 'c')
     SELECT id::regclass::text AS name FROM above WHERE has_table_privilege($1, id, 'DELETE')`,
    [login],
  )
  expect(cascading).toEqual([])
  expect(await may('audit_heads', 'DELETE')).toBe(false)
  const truncatable = await superuser.sql(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p')
       AND relnamespace IN ('public'::regnamespace, 'keyring'::regnamespace) AND has_table_privilege($1, oid, 'TRUNCATE')`,
    [login],
  )
  expect(truncatable).toEqual([])
})

/** The models of prisma/schema.prisma, as the catalogue would spell them. */
function readModels(): Record<string, Record<string, { type: string; notNull: boolean }>> {
  const text = readFileSync(join(root, 'prisma/schema.prisma'), 'utf8')
  const types: Record<string, string> = {
    String: 'text',
    Int: 'integer',
    BigInt: 'bigint',
    Float: 'double precision',
    Boolean: 'boolean',
    Json: 'jsonb',
    Bytes: 'bytea',
    DateTime: 'timestamp(3) with time zone',
  }
  const models = [...text.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)].map(([, name = '', body = '']) => {
    const fields = [...body.matchAll(/^ {2}(\w+) +(\w+)(\[\]|\?)?(.*)$/gm)].flatMap(
      ([, field = '', type = '', mark, rest = '']) => {
        const scalar = /@db\.Uuid/.test(rest) ? 'uuid' : types[type]
        if (scalar === undefined) return []
        // Prisma makes every array column nullable and never writes a null into it.
        return [[field, { type: scalar + (mark === '[]' ? '[]' : ''), notNull: mark === undefined }] as const]
      },
    )
    const schema = /@@schema\("(\w+)"\)/.exec(body)?.[1]
    return [schema === 'keyring' ? `keyring.${name}` : name, Object.fromEntries(fields)] as const
  })
  return Object.fromEntries(models)
}

test('agrees with prisma/schema.prisma on every table, column, type and null', () => {
  const inDatabase = Object.fromEntries(
    tables
      .filter(({ partition, name }) => !partition && name !== '_prisma_migrations')
      .map(({ name, columns }) => [
        name,
        Object.fromEntries(
          columns.map(({ name: column, type, notNull }) => [
            column,
            // An array that is never null is as good: Prisma writes none.
            { type, notNull: notNull && !type.endsWith('[]') },
          ]),
        ),
      ]),
  )
  expect(inDatabase).toEqual(readModels())
})
