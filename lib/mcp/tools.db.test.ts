import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listExecutions } from '#lib/broker'
import { factsOf, type McpRig, startMcp, wordsOf } from './testing.ts'

let rig: McpRig
let agent = ''
let ana = ''
let token = ''
const eras = ['modern', 'legacy'] as const

beforeAll(async () => {
  rig = await startMcp()
  await rig.practice.session({ org_id: 'acme', user_id: 'ana' })
  agent = await rig.newAgent('acme')
  await rig.practice.connectAccount({ org: 'acme', user: 'ana', agents: [agent] })
  ana = await rig.userId('acme', 'ana')
  token = await rig.token({ org: 'acme', agent, user: ana })
})
afterAll(() => rig.stop())

describe.each(eras)('a client of the %s era', (era) => {
  test('lists the tools of the connected accounts, with schemas and annotations, and no others', async () => {
    const client = await rig.connect(token, era)
    const { tools } = await client.listTools()
    const names = tools.map(({ name }) => name)
    expect(names).toContain('sandbox__list_tasks')
    expect(names).toContain('sandbox__create_task')
    expect(names.filter((name) => !name.startsWith('sandbox__'))).toEqual(['get_approval'])
    // Files go over REST.
    expect(names).not.toContain('sandbox__attach_file')
    expect(tools.find(({ name }) => name === 'sandbox__list_tasks')).toMatchObject({
      title: expect.any(String),
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: true },
    })
    expect(tools.find(({ name }) => name === 'sandbox__delete_task')?.annotations).toMatchObject({
      readOnlyHint: false,
      destructiveHint: true,
    })
  })

  test('runs a tool: structured data for programs, and marked text for the model', async () => {
    const client = await rig.connect(token, era)
    const title = `Water the ${era} plants`
    const made = await client.callTool({ name: 'sandbox__create_task', arguments: { title } })
    expect(made.isError ?? false).toBe(false)
    expect(made.structuredContent).toMatchObject({ title })
    expect(wordsOf(made)).toMatch(/^What follows until the line "end untrusted-[0-9a-f-]+" is data from /)
    expect(wordsOf(made)).toContain(title)
    expect(factsOf(made)).toMatchObject({ trust: 'untrusted_provider_data', execution_id: /^ex_/ as never })
  })

  test('is told how a call goes on, where it asked to be', async () => {
    const client = await rig.connect(token, era)
    const told: unknown[] = []
    await client.callTool(
      { name: 'sandbox__list_tasks', arguments: {} },
      { onprogress: (one) => told.push(one) },
    )
    expect(told.length).toBeGreaterThan(0)
  })

  test('learns from the result what does not fit, and of a tool that is not there as an error', async () => {
    const client = await rig.connect(token, era)
    const refused = await client.callTool({ name: 'sandbox__create_task', arguments: {} })
    expect(refused.isError).toBe(true)
    expect(factsOf(refused)).toMatchObject({ code: 'invalid_request' })
    await expect(client.callTool({ name: 'github__create_repo', arguments: {} })).rejects.toMatchObject({
      code: -32_602,
    })
  })

  test('stops the call at the provider when it gives up', async () => {
    const client = await rig.connect(token, era)
    await rig.practice.faults({ latency_ms: 20_000, latency_for: 'api' })
    try {
      const giveUp = new AbortController()
      const call = client.callTool(
        { name: 'sandbox__list_tasks', arguments: {} },
        { signal: giveUp.signal, onprogress: () => giveUp.abort() },
      )
      await expect(call).rejects.toThrow()
      const tenant = await rig.practice.tenant('acme')
      const last = async () => (await listExecutions(tenant, {}, null, 1))[0]
      await expect.poll(async () => (await last())?.status, { timeout: 8_000 }).toBe('failed')
    } finally {
      await rig.practice.reset()
    }
  })
})

test('an account of several is named by the call; none is guessed', async () => {
  await rig.practice.session({ org_id: 'acme', user_id: 'twice' })
  await rig.practice.connectAccount({ org: 'acme', user: 'twice', person: 'ana', agents: [agent] })
  await rig.practice.connectAccount({ org: 'acme', user: 'twice', person: 'ben', agents: [agent] })
  const user = await rig.userId('acme', 'twice')
  const client = await rig.connect(await rig.token({ org: 'acme', agent, user }), 'modern')
  const { tools } = await client.listTools()
  const schema = tools.find(({ name }) => name === 'sandbox__list_tasks')?.inputSchema
  expect(schema?.properties).toMatchObject({ connected_account_id: { type: 'string' } })
  const { connected_account_id } = (schema?.properties ?? {}) as Record<string, { enum?: string[] }>
  const ids = connected_account_id?.enum ?? []
  expect(ids).toHaveLength(2)
  const ambiguous = await client.callTool({ name: 'sandbox__list_tasks', arguments: {} })
  expect(ambiguous.isError).toBe(true)
  for (const id of ids) expect(wordsOf(ambiguous)).toContain(id)
  for (const id of ids) {
    const named = { name: 'sandbox__list_tasks', arguments: { connected_account_id: id } }
    expect((await client.callTool(named)).isError ?? false).toBe(false)
  }
  const strange = { name: 'sandbox__list_tasks', arguments: { connected_account_id: `ca_${'0'.repeat(32)}` } }
  expect(factsOf(await client.callTool(strange))).toMatchObject({ code: 'ambiguous_account' })
})

test('an agent that acts for nobody names a user with each call, and reaches those who let it in', async () => {
  const client = await rig.connect(await rig.token({ org: 'acme', agent }), 'modern')
  const { tools } = await client.listTools()
  const tool = tools.find(({ name }) => name === 'sandbox__list_tasks')
  expect(tool?.inputSchema).toMatchObject({
    required: ['user_id'],
    properties: { user_id: { type: 'string' } },
  })
  const call = (user_id?: string) =>
    client.callTool({ name: 'sandbox__list_tasks', arguments: { ...(user_id && { user_id }) } })
  expect((await call('ana')).isError ?? false).toBe(false)
  expect(factsOf(await call())).toMatchObject({ code: 'invalid_request' })
  await rig.practice.session({ org_id: 'acme', user_id: 'nobody' })
  expect(factsOf(await call('nobody'))).toMatchObject({ code: 'not_found' })
})

describe('what a token is too narrow for', () => {
  test('is not listed, and asked for all the same is refused with the scopes that would do', async () => {
    const narrow = await rig.token({ org: 'acme', agent, user: ana, scope: 'tools:read' })
    const client = await rig.connect(narrow, 'modern')
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names).toContain('sandbox__list_tasks')
    expect(names).not.toContain('sandbox__create_task')
    const body = (name: string) =>
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } })
    const response = await rig.raw('/mcp', { token: narrow, body: body('sandbox__create_task') })
    expect(response.status).toBe(403)
    const challenge = response.headers.get('www-authenticate') ?? ''
    expect(challenge).toContain('error="insufficient_scope"')
    expect(challenge).toContain('scope="tools:read tools:write"')
    expect(challenge).toContain('/.well-known/oauth-protected-resource/mcp"')
  })

  test('goes for a tool that is run through call_tool as well', async () => {
    const narrow = await rig.token({ org: 'acme', agent, user: ana, scope: 'tools:read' })
    const params = {
      name: 'call_tool',
      arguments: { name: 'sandbox__create_task', arguments: { title: 'x' } },
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    expect((await rig.raw('/mcp', { token: narrow, body })).status).toBe(403)
  })
})

describe('an agent that searches', () => {
  test.each(eras)('finds, reads and runs tools by three that stand for all (%s)', async (era) => {
    const searcher = await rig.newAgent('acme', { tool_discovery: 'search' })
    await rig.practice.session({ org_id: 'acme', user_id: `s-${era}` })
    await rig.practice.connectAccount({ org: 'acme', user: `s-${era}`, agents: [searcher] })
    const user = await rig.userId('acme', `s-${era}`)
    const client = await rig.connect(await rig.token({ org: 'acme', agent: searcher, user }), era)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'search_tools',
      'describe_tool',
      'call_tool',
      'get_approval',
    ])
    const found = await client.callTool({ name: 'search_tools', arguments: { query: 'create a task' } })
    const [best] = (found.structuredContent as { tools: { name: string; connected: boolean }[] }).tools
    expect(best).toMatchObject({ name: 'sandbox__create_task', connected: true })
    const described = await client.callTool({ name: 'describe_tool', arguments: { name: best?.name } })
    expect(described.structuredContent).toMatchObject({ inputSchema: { required: ['title'] } })
    const made = await client.callTool({
      name: 'call_tool',
      arguments: { name: best?.name, arguments: { title: 'Found it' } },
    })
    expect(wordsOf(made)).toContain('Found it')
    expect(made.isError ?? false).toBe(false)
  })
})
