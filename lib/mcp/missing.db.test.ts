import type { Client } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { factsOf, type McpRig, startMcp, wordsOf } from './testing.ts'

let rig: McpRig
let agent = ''
let user = ''
let token = ''
let users = 0
const call = { name: 'sandbox__create_task', arguments: { title: 'Water the plants' } }
const opens = { capabilities: { elicitation: { url: {} } } }

beforeAll(async () => {
  rig = await startMcp()
  await rig.practice.session({ org_id: 'acme', user_id: 'somebody' })
  // It is for the practice provider, so that its tools are listed before anybody has connected an account.
  agent = await rig.newAgent('acme', { connectors: ['sandbox'] })
})
beforeEach(async () => {
  user = `u_${++users}`
  await rig.practice.session({ org_id: 'acme', user_id: user })
  token = await rig.token({ org: 'acme', agent, user: await rig.userId('acme', user) })
})
afterAll(() => rig.stop())

const connectAccount = (scopes?: readonly string[]) =>
  rig.practice.connectAccount({ org: 'acme', user, agents: [agent], ...(scopes && { scopes }) })

/** What a client that opens addresses for its person is asked for. */
async function elicited(answer: () => Promise<'accept' | 'decline'>) {
  const asked: { url?: string; message: string }[] = []
  const client: Client = await rig.connect(token, 'modern', '/mcp', opens)
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    asked.push(params as { url: string; message: string })
    return { action: await answer() }
  })
  return { client, asked }
}

test('a modern client opens the address; the same call works as soon as the person is done', async () => {
  const { client, asked } = await elicited(async () => {
    await connectAccount()
    return 'accept'
  })
  const result = await client.callTool(call)
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({ mode: 'url', url: expect.stringMatching(/^http.*\/c\/bhf_hl_/) })
  expect(result.isError ?? false).toBe(false)
  expect(wordsOf(result)).toContain('Water the plants')
})

test('a person who does not want to is not asked again, and the model hears of it', async () => {
  const { client, asked } = await elicited(async () => 'decline')
  const result = await client.callTool(call)
  expect(asked).toHaveLength(1)
  expect(result.isError).toBe(true)
  expect(wordsOf(result)).toContain('did not want')
  expect(factsOf(result)).toMatchObject({ code: 'connection_required' })
})

test('a client of 2025 that opens addresses gets them as -32042, and the call works afterwards', async () => {
  const client = await rig.connect(token, 'legacy', '/mcp', opens)
  const refused = await client.callTool(call).catch((error: unknown) => error)
  expect(refused).toMatchObject({
    code: -32_042,
    elicitations: [
      { mode: 'url', url: expect.stringMatching(/\/c\/bhf_hl_/), elicitationId: expect.any(String) },
    ],
  })
  await connectAccount()
  expect((await client.callTool(call)).isError ?? false).toBe(false)
})

test.each(['modern', 'legacy'] as const)(
  'a client that opens nothing (%s) is told the address in words',
  async (era) => {
    const client = await rig.connect(token, era)
    const result = await client.callTool(call)
    expect(result.isError).toBe(true)
    const url = String(factsOf(result).connect_url)
    expect(url).toMatch(/\/c\/bhf_hl_/)
    expect(wordsOf(result)).toContain(url)
    // Asked again, it is the same invitation.
    expect(factsOf(await client.callTool(call)).connect_url).toBe(url)
  },
)

test('the invitation is for the person who was named alone: whoever else finishes it connects nothing', async () => {
  const client = await rig.connect(token, 'modern')
  const { connect_url } = factsOf(await client.callTool(call))
  const link = String(connect_url).split('/').at(-1) ?? ''
  const entered = await rig.practice.connect.enter(link)
  expect(entered.open.session.user.external_id).toBe(user)
  expect(entered.open.session.agents).toMatchObject([{ name: 'Mira' }])
  // Nothing is connected by opening it, nor by approving: it waits for who was invited (lib/connect/flow/confirm).
  expect(factsOf(await client.callTool(call))).toMatchObject({ code: 'connection_required' })
})

test('a permission that is missing is asked for like a connection', async () => {
  await connectAccount(['tasks:read'])
  const client = await rig.connect(token, 'legacy', '/mcp', opens)
  await expect(client.callTool(call)).rejects.toMatchObject({ code: -32_042 })
  const words = await (await rig.connect(token, 'modern')).callTool(call)
  expect(factsOf(words)).toMatchObject({ code: 'insufficient_scope', connect_url: expect.any(String) })
})

test('a tool that reads is listed and called with what is granted, beside one that is not', async () => {
  await connectAccount(['tasks:read'])
  const client = await rig.connect(token, 'modern')
  const result = await client.callTool({ name: 'sandbox__list_tasks', arguments: {} })
  expect(result.isError ?? false).toBe(false)
})
