import { afterAll, beforeAll, expect, test } from 'vitest'
import { disconnect } from '#lib/db'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { operator } from '../../../../../scripts/commands/here.ts'
import * as all from '../route.ts'
import * as one from './route.ts'

const rootKey = 'bhf_sk_root_key_of_the_auth_config_tests_0123456789'
process.env.BEHALF_ROOT_KEY = rootKey

beforeAll(() => ensureOrg(operator, 'first', prepareOrgKeys))
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
