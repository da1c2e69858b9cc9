import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import { disableAgentIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { rootKey } from '../../scripts/testing/practice.ts'
import { initialize, type McpRig, message, startMcp } from './testing.ts'

let rig: McpRig
let agent = ''
let token = ''
const toolset = `ts_${'0'.repeat(32)}`

beforeAll(async () => {
  rig = await startMcp()
  await rig.practice.session({ org_id: 'acme', user_id: 'ana' })
  agent = await rig.newAgent('acme')
  token = await rig.token({ org: 'acme', agent, user: await rig.userId('acme', 'ana') })
})
afterAll(() => rig.stop())

describe.each(['/mcp', '/mcp/orgs/acme', `/mcp/toolsets/${toolset}`])('%s', (path) => {
  test('says where a token is to be had to whoever brings none, and what the document says is this very resource', async () => {
    const refused = await rig.raw(path, { body: initialize() })
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({
      jsonrpc: '2.0',
      error: { data: { code: 'unauthenticated' } },
    })
    const challenge = refused.headers.get('www-authenticate') ?? ''
    expect(challenge).toMatch(/^Bearer /)
    expect(challenge).toContain('scope="tools:read tools:write"')
    const url = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? ''
    expect(url).toBe(`${config().publicUrl}/.well-known/oauth-protected-resource${path}`)
    const document = await rig.raw(new URL(url).pathname, { method: 'GET' })
    expect(document.headers.get('access-control-allow-origin')).toBe('*')
    expect(await document.json()).toMatchObject({
      resource: `${config().publicUrl}${path}`,
      authorization_servers: [`${config().publicUrl}/oauth`],
      scopes_supported: expect.arrayContaining(['tools:read', 'tools:write']),
    })
  })

  test('takes no token that is for something else, of a provider, or a secret key', async () => {
    const asked = { org: 'acme', agent }
    const elsewhere = [
      await rig.token(asked, '/api/v1'),
      await rig.token(asked, `${path}/more`),
      await rig.token(asked, path === '/mcp' ? '/mcp/orgs/acme' : '/mcp'),
      await rig.token({ ...asked, iss: 'https://accounts.google.com' }, path),
      (await rig.practice.tokensElsewhere()).access_token,
      rootKey,
      rig.practice.secretKey,
    ]
    for (const wrong of elsewhere) {
      const refused = await rig.raw(path, { token: wrong, body: initialize() })
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
    }
  })
})

test('has no document of what is no resource of ours, and the same of one that is not there', async () => {
  const ask = async (path: string) =>
    (await rig.raw(`/.well-known/oauth-protected-resource${path}`, { method: 'GET' })).status
  expect(await ask('/api/v1')).toBe(200)
  expect(await ask('/mcp/orgs/never-heard-of')).toBe(200)
  for (const path of ['/', '/api', '/mcp/', '/mcp/else', '/mcp/orgs/', '/mcp/orgs/a/b', '/mcp/toolsets/x'])
    expect(await ask(path)).toBe(404)
})

test('a page of another origin is refused before anything else; ours and no page are let in', async () => {
  const asked = async (origin?: string) =>
    (
      await rig.raw('/mcp', {
        token,
        body: initialize(),
        ...(origin !== undefined && { headers: { origin } }),
      })
    ).status
  expect(await asked()).toBe(200)
  expect(await asked(new URL(config().publicUrl).origin)).toBe(200)
  for (const evil of [
    'https://evil.example',
    'null',
    `${config().publicUrl}.evil.example`,
    'http://127.0.0.1:1',
  ])
    expect(await asked(evil)).toBe(403)
})

test('what is no message is refused in the words of JSON-RPC, and a large one unread', async () => {
  const send = (body: string, headers: Record<string, string> = {}) =>
    rig.raw('/mcp', { token, body, headers })
  const told = async (response: Response) => [response.status, (await response.json()).error.code]
  expect(await told(await send('{'))).toEqual([400, -32_700])
  expect(await told(await send('"hello"'))).toEqual([400, -32_600])
  expect(await told(await send('[]'))).toEqual([400, -32_600])
  expect(await told(await send('x'.repeat(1024 * 1024 + 1)))).toEqual([413, -32_000])
  expect(await told(await send(initialize(), { 'content-type': 'text/plain' }))).toEqual([415, -32_000])
})

test('has no stream to open by GET and no session to end by DELETE', async () => {
  for (const method of ['GET', 'DELETE', 'PUT']) {
    const response = await rig.raw('/mcp', { token, method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  }
  expect((await rig.raw('/mcp', { method: 'GET' })).status).toBe(401)
})

test('a token without a scope for tools is told which it lacks', async () => {
  const other = await rig.token({ org: 'acme', agent, scope: 'accounts:read' })
  const refused = await rig.raw('/mcp', { token: other, body: initialize() })
  expect(refused.status).toBe(403)
  expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
})

test('speaks each revision of 2025 that a client asks for', async () => {
  for (const version of ['2025-03-26', '2025-06-18', '2025-11-25']) {
    const body = initialize().replace('2025-11-25', version)
    const words = await (await rig.raw('/mcp', { token, body })).text()
    expect(words).toContain(`"protocolVersion":"${version}"`)
  }
})

test('an agent that was disabled is refused within a second, in the middle of what it does', async () => {
  const client = await rig.connect(token, 'legacy')
  await client.listTools()
  const tenant = await rig.practice.tenant('acme')
  await forOrg(tenant, (tx) => disableAgentIn(tx, tenant, parseId('agent', agent) ?? ''))
  const status = async () => (await rig.raw('/mcp', { token, body: message('tools/list') })).status
  await expect.poll(status, { timeout: 1_000, interval: 50 }).toBe(401)
})
