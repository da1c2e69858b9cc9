import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandsOf } from './commands.ts'

type Asked = { method: string; url: string; authorization: string | undefined; body: unknown }

const asked: Asked[] = []
const server = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk) => {
    text += chunk
  })
  request.on('end', () => {
    const { method = '', url = '', headers } = request
    asked.push({ method, url, authorization: headers.authorization, body: text && JSON.parse(text) })
    response.end(JSON.stringify({ id: 'cs_1', url: 'https://there', connected_account_id: 'ca_1', data: [] }))
  })
})
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)))
afterAll(() => server.close())

test('a shell that runs the commands one after the other asks for what was meant', async () => {
  const { port } = server.address() as AddressInfo
  const { key, invite, code, confirm, call, audit, revoke } = commandsOf({
    publicUrl: `http://127.0.0.1:${port}`,
    org: 'acme:eu',
    user: 'u_42',
    connector: 'sandbox',
    scopes: ['tasks:read'],
    tool: 'sandbox.list_tasks',
    account: null,
  })
  // What waits for an answer comes last: a paste must not be read for it.
  for (const command of [key, code]) expect(command.split('\n').at(-1)).toMatch(/^read /)
  // What people type in is not asked for again here.
  const script = [key, invite, code, confirm, call, audit, revoke].join('\n').replaceAll(/^read .*$/gm, '')
  const env = { ...process.env, BEHALF_API_KEY: 'bhf_sk_x', CODE: 'bhf_cc_1' }
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { env })
  expect(stdout).toContain('https://there')
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /api/v1/connect_sessions',
    'POST /api/v1/connect_sessions/cs_1/confirm',
    'POST /api/v1/tools/execute',
    'GET /api/v1/audit_events?org_id=acme%3Aeu',
    'POST /api/v1/connected_accounts/ca_1/revoke',
  ])
  expect(asked.every(({ authorization }) => authorization === 'Bearer bhf_sk_x')).toBe(true)
  expect(asked[0]?.body).toMatchObject({ org_id: 'acme:eu', scopes: { sandbox: ['tasks:read'] } })
  expect(asked[2]?.body).toEqual({ connected_account_id: 'ca_1', tool_name: 'sandbox.list_tasks' })
})
