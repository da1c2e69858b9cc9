import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config } from '#lib/config'
import { deployment, disconnect, forOrg } from '#lib/db'
import { useDatabase } from '../../scripts/testing/database.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { destroyOrgKeysIn, forgetOrgKeys } from './index.ts'

// The documented backup: the data, and apart from it the schema `keyring`, of which always the newest is restored
// (docs/key-services.md). Copying the database stands for the dump of the data; its keyring is emptied as the dump
// leaves it out.

let practice: Practice
const live = useDatabase()
const copyName = `copy_${process.pid}`

const urlIn = (url: string, database: string) => {
  const at = new URL(url)
  at.pathname = `/${database}`
  return at.href
}

async function as<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Points this process at another database, with nothing of the one before in hand. */
async function moveTo(databaseUrl: string, tenants: readonly Parameters<typeof forgetOrgKeys>[0][]) {
  await disconnect()
  Object.assign(config(), { databaseUrl })
  for (const tenant of [deployment, ...tenants]) forgetOrgKeys(tenant)
}

beforeAll(async () => {
  practice = await startPractice()
})
afterAll(async () => {
  await practice.stop()
  await as(urlIn(live.adminUrl, 'postgres'), (client) => client.query(`DROP DATABASE IF EXISTS ${copyName}`))
})

test("in a database restored from older data and the newest keyring, a destroyed org's secrets stay shut and others open", async () => {
  const connect = async (org: string) => {
    const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1', person: 'ana' })
    return { account: connected_account_id ?? '', tenant: await practice.tenant(org) }
  }
  const [gone, kept] = [await connect('gone'), await connect('kept')]
  const tenants = [gone.tenant, kept.tenant]
  const listTasks = ({ account }: typeof gone) =>
    practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })
  const shut = { code: 'unavailable', internal: expect.stringMatching(/is gone$/) }

  await disconnect()
  await as(urlIn(live.adminUrl, 'postgres'), (client) =>
    client.query(`CREATE DATABASE ${copyName} TEMPLATE ${new URL(live.adminUrl).pathname.slice(1)}`),
  )
  await forOrg(gone.tenant, (tx) => destroyOrgKeysIn(tx, gone.tenant))
  const tables = ['org_keys', 'credential_keys']
  const keyring = await as(live.adminUrl, (client) =>
    Promise.all(
      tables.map(
        async (table) => (await client.query(`SELECT json_agg(t) AS rows FROM keyring.${table} t`)).rows[0],
      ),
    ),
  )
  const copy = urlIn(live.adminUrl, copyName)
  await as(copy, (client) => client.query(tables.map((table) => `DELETE FROM keyring.${table}`).join('; ')))
  await moveTo(urlIn(live.url, copyName), tenants)
  await practice.reset()
  for (const one of [gone, kept]) await expect(listTasks(one)).rejects.toMatchObject({ code: 'unavailable' })
  expect((await practice.state()).last_requests).toEqual([])

  await as(copy, async (client) => {
    await client.query('DELETE FROM keyring.org_keys')
    for (const [at, table] of tables.entries())
      await client.query(
        `INSERT INTO keyring.${table} SELECT * FROM json_populate_recordset(NULL::keyring.${table}, $1)`,
        [JSON.stringify(keyring[at]?.rows ?? [])],
      )
  })
  await moveTo(urlIn(live.url, copyName), tenants)
  await expect(listTasks(gone)).rejects.toMatchObject(shut)
  expect((await practice.state()).last_requests).toEqual([])
  expect((await listTasks(kept)).status).toBe('succeeded')
  await moveTo(live.url, tenants)
  expect((await listTasks(kept)).status).toBe('succeeded')
})
