import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { deployment, disconnect } from '#lib/db'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { operator } from '../../../../../scripts/commands/here.ts'
import { type Superuser, useSuperuser } from '../../../../../scripts/testing/superuser.ts'
import * as all from '../route.ts'
import * as one from './route.ts'

const rootKey = 'bhf_sk_root_key_of_the_auth_config_tests_0123456789'
process.env.BEHALF_ROOT_KEY = rootKey

let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  await ensureOrg(operator, 'first', prepareOrgKeys)
})
afterAll(disconnect)

async function ask(handler: typeof one.PATCH, method: string, body?: object, id = '') {
  const response = await handler(
    new Request('http://localhost/api/v1/auth_configs', {
      method,
      headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    }),
    { params: Promise.resolve({ id }) },
  )
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

test('a client that was deleted is enabled again with another secret only', async () => {
  const input = { connector: 'github', client_id: 'x', client_secret: 'y' }
  const { body } = await ask(all.POST, 'POST', input)
  const change = (fields: object) => ask(one.PATCH, 'PATCH', fields, body.id)
  expect((await change({ disabled: true })).body.disabled).toBe(true)
  expect((await change({ disabled: false })).body.disabled).toBe(false)
  expect((await ask(one.DELETE, 'DELETE', undefined, body.id)).status).toBe(204)
  expect(await change({ disabled: false })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect((await change({ name: 'Renamed' })).body).toMatchObject({ name: 'Renamed', disabled: true })
  expect((await change({ disabled: false, client_secret: 'z' })).body.disabled).toBe(false)
})

test('a client is not enabled by whoever read it before another deleted it', async () => {
  const { body } = await ask(all.POST, 'POST', { connector: 'github', client_id: 'x', client_secret: 'y' })
  await superuser.sql('BEGIN')
  await superuser.sql(
    'UPDATE auth_configs SET disabled_at = now(), sealed_client_secret = NULL WHERE id = $1::uuid',
    [body.id.slice('ac_'.length)],
  )
  const enabling = ask(one.PATCH, 'PATCH', { disabled: false }, body.id)
  await expect
    .poll(() =>
      superuser.sql(
        `SELECT 1 AS waits FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      ),
    )
    .toEqual([{ waits: 1 }])
  await superuser.sql('COMMIT')
  expect((await enabling).status).toBe(409)
  expect((await ask(one.GET, 'GET', undefined, body.id)).body.disabled).toBe(true)
})

test('the audit says whether a client was disabled or enabled', async () => {
  const { body } = await ask(all.POST, 'POST', { connector: 'github', client_id: 'x', client_secret: 'y' })
  await ask(one.PATCH, 'PATCH', { disabled: true }, body.id)
  await ask(one.PATCH, 'PATCH', { disabled: false }, body.id)
  const told = await listAudit(deployment, { action: 'auth_config.changed' }, null, 2)
  expect(told.map(({ details }) => details)).toEqual([
    { auth_config_id: body.id, disabled: false },
    { auth_config_id: body.id, disabled: true },
  ])
})
