import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashOf, type Tool } from '#lib/connector-kit'
import { forOrg } from '#lib/db'
import { listEvents } from '#lib/events'
import { newId, parseId, publicId } from '#lib/ids'
import { pinOf } from '#lib/scopes'
import { initialize, type McpRig, message, startMcp } from './testing.ts'

let rig: McpRig
let agent = ''
let ana = ''
let account = ''
const eras = ['modern', 'legacy'] as const

beforeAll(async () => {
  rig = await startMcp()
  await rig.practice.session({ org_id: 'acme', user_id: 'ana' })
  agent = await rig.newAgent('acme')
  const done = await rig.practice.connectAccount({ org: 'acme', user: 'ana' })
  account = parseId('connected_account', done.connected_account_id ?? '') ?? ''
  ana = await rig.userId('acme', 'ana')
})
afterAll(() => rig.stop())

async function toolOf(name: string): Promise<Tool> {
  const { connectors } = await import('#runtime')
  const tool = connectors.sandbox?.tools[name]
  if (!tool) throw new Error(`no ${name}`)
  return tool
}

/** A token under a consent to these tools. */
async function granted(pins: Record<string, { effect: string; hash: string | null }>): Promise<string> {
  const tenant = await rig.practice.tenant('acme')
  const id = newId()
  await forOrg(tenant, (tx) =>
    tx.agent_grants.create({
      data: {
        ...{ org_id: tenant.orgId, id, agent_org_id: tenant.orgId, agent_id: parseId('agent', agent) ?? '' },
        ...{ user_id: parseId('end_user', ana) ?? '', client_id: agent, oauth_grant_id: id, resource: 'r' },
        ...{ account_ids: [account], tools: { [account]: pins }, evidence: {} },
      },
    }),
  )
  return rig.token({ org: 'acme', agent, user: ana, grant_id: publicId('agent_grant', id) })
}

/** A consent from when one of two tools was described otherwise. */
async function outdated(): Promise<string> {
  const [list, create] = [await toolOf('sandbox.list_tasks'), await toolOf('sandbox.create_task')]
  const then = { ...list, description: `${list.description} It did less then.` }
  return granted({
    [list.name]: { effect: list.effect, hash: hashOf(then) },
    [create.name]: pinOf(create),
  })
}

test.each(eras)(
  'a tool that changed since it was agreed to is not listed (%s), and the others are',
  async (era) => {
    const client = await rig.connect(await outdated(), era)
    const names = async () => (await client.listTools()).tools.map(({ name }) => name)
    expect(await names()).toContain('sandbox__create_task')
    expect(await names()).not.toContain('sandbox__list_tasks')
    const made = await client.callTool({ name: 'sandbox__create_task', arguments: { title: 'Water' } })
    expect(made.isError ?? false).toBe(false)
  },
)

test('a call of it is answered by the challenge by which a client asks its person again; asked, it works', async () => {
  const bearer = await outdated()
  const began = await rig.raw('/mcp', { token: bearer, body: initialize() })
  const session = began.headers.get('mcp-session-id') ?? ''
  const headers = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }
  const call = (token: string, name: string, more: Record<string, string> = headers) =>
    rig.raw('/mcp', { token, headers: more, body: message('tools/call', { name, arguments: {} }) })
  const refused = await call(bearer, 'sandbox__list_tasks')
  expect(refused.status).toBe(403)
  const challenge = refused.headers.get('www-authenticate') ?? ''
  expect(challenge).toContain('error="insufficient_scope"')
  expect(challenge).toContain('scope="tools:read tools:write"')
  expect(challenge).toContain('sandbox.list_tasks changed since the user agreed to it')
  expect(challenge).toContain('resource_metadata=')
  const body = message('tools/call', { name: 'call_tool', arguments: { name: 'sandbox__list_tasks' } })
  expect((await rig.raw('/mcp', { token: bearer, headers, body })).status).toBe(403)
  const list = await toolOf('sandbox.list_tasks')
  const anew = await granted({ [list.name]: pinOf(list) })
  const client = await rig.connect(anew, 'modern')
  const done = await client.callTool({ name: 'sandbox__list_tasks', arguments: {} })
  expect(done.isError ?? false).toBe(false)
  // One that was never agreed to is no reason to ask: it is unknown, as before.
  await expect(client.callTool({ name: 'sandbox__create_task', arguments: { title: 'x' } })).rejects.toThrow(
    'Unknown tool',
  )
})

test('an admin hears of it once, however often it is listed and called', async () => {
  const tenant = await rig.practice.tenant('acme')
  const bearer = await outdated()
  const { grant_id } = decodeJwt(bearer)
  const client = await rig.connect(bearer, 'modern')
  for (let time = 0; time < 3; time++) {
    await client.listTools({ cursor: undefined }, { timeout: 5_000 })
    await client.callTool({ name: 'sandbox__list_tasks', arguments: {} }).catch(() => {})
  }
  const events = await listEvents(tenant, { type: 'agent_grant.tools_changed' }, null, 50)
  const own = events.filter(({ data }) => data.agent_grant_id === grant_id)
  expect(own.map(({ data }) => data.tools)).toEqual([['sandbox.list_tasks']])
})
