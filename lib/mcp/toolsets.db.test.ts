import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployment, forOrg } from '#lib/db'
import { newId, parseId, publicId, sha256 } from '#lib/ids'
import { createDraft, publishDraft } from '#lib/policy'
import { jobs } from '#runtime'
import { factsOf, type McpRig, startMcp, wordsOf } from './testing.ts'

let rig: McpRig
let agent = ''
let user = ''
let account = ''

beforeAll(async () => {
  rig = await startMcp()
  await rig.practice.session({ org_id: 'acme', user_id: 'ana' })
  agent = await rig.newAgent('acme')
  const session = await rig.practice.connectAccount({ org: 'acme', user: 'ana', agents: [agent] })
  account = session.connected_account_id ?? ''
  user = await rig.userId('acme', 'ana')
})
afterAll(() => rig.stop())

async function newToolset(facts: Record<string, unknown>): Promise<string> {
  const tenant = await rig.practice.tenant('acme')
  const row = {
    id: newId(),
    org_id: tenant.orgId,
    name: newId(),
    created_by: { type: 'system', id: 'test' },
    ...facts,
  }
  await forOrg(tenant, (tx) => tx.agent_toolsets.create({ data: row as never }))
  return publicId('agent_toolset', row.id)
}

const namesAt = async (path: string, asked: { agent: string; user?: string } & Record<string, unknown>) => {
  const client = await rig.connect(await rig.token({ org: 'acme', ...asked }, path), 'modern', path)
  return { client, names: (await client.listTools()).tools.map(({ name }) => name) }
}

describe('the endpoint of a toolset', () => {
  test('offers what is in it and nothing else, whatever the agent may use besides', async () => {
    const path = `/mcp/toolsets/${await newToolset({ tools: ['sandbox.list_tasks', 'sandbox.get_task'] })}`
    const { client, names } = await namesAt(path, { agent, user })
    expect(names).toEqual(['sandbox__get_task', 'sandbox__list_tasks', 'get_approval'])
    const outside = client.callTool({ name: 'sandbox__create_task', arguments: { title: 'x' } })
    await expect(outside).rejects.toMatchObject({ code: -32_602 })
  })

  test('has the way of listing that was chosen for it', async () => {
    const path = `/mcp/toolsets/${await newToolset({ tool_discovery: 'search' })}`
    expect((await namesAt(path, { agent, user })).names).toContain('search_tools')
  })

  test('is for the agent it was made for: to another it is not there', async () => {
    const tenant = await rig.practice.tenant('acme')
    const agent_id = parseId('agent', await rig.newAgent('acme'))
    const id = await newToolset({ agent_org_id: tenant.orgId, agent_id })
    const path = `/mcp/toolsets/${id}`
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
    const foreign = await rig.raw(path, { token: await rig.token({ org: 'acme', agent, user }, path), body })
    expect(foreign.status).toBe(404)
    const text = await foreign.text()
    expect(text).toContain('There is no such toolset.')
    expect(text).not.toContain('sandbox__')
  })
})

describe('what a person let a client do on our page', () => {
  const tools = { 'sandbox.list_tasks': 'read', 'sandbox.create_task': 'write' }
  async function granted(of: Record<string, string>, more: Record<string, unknown> = {}) {
    const tenant = await rig.practice.tenant('acme')
    const client = await rig.newAgent('acme')
    const accountId = parseId('connected_account', account) ?? ''
    const row = {
      org_id: tenant.orgId,
      id: newId(),
      agent_org_id: tenant.orgId,
      agent_id: parseId('agent', client) ?? '',
      user_id: parseId('end_user', user) ?? '',
      client_id: client,
      oauth_grant_id: newId(),
      resource: '/mcp',
      scopes: ['tools:read', 'tools:write'],
      account_ids: [accountId],
      tools: { [accountId]: of },
      evidence: {},
      ...more,
    }
    await forOrg(tenant, (tx) => tx.agent_grants.create({ data: row as never }))
    return { agent: client, user, grant_id: publicId('agent_grant', row.id) }
  }

  test('is what it sees and runs: tools that were not shown are hidden, and refused', async () => {
    const { client, names } = await namesAt('/mcp', await granted(tools))
    expect(names).toEqual(['sandbox__create_task', 'sandbox__list_tasks', 'get_approval'])
    const made = await client.callTool({ name: 'sandbox__create_task', arguments: { title: 'By grant' } })
    expect(made.isError ?? false).toBe(false)
    const hidden = client.callTool({ name: 'sandbox__delete_task', arguments: { task_id: 'x' } })
    await expect(hidden).rejects.toMatchObject({ code: -32_602 })
  })

  test('holds as long as the tool does what it did when it was shown: another effect asks anew', async () => {
    const { names } = await namesAt('/mcp', await granted({ ...tools, 'sandbox.create_task': 'read' }))
    expect(names).toEqual(['sandbox__list_tasks', 'get_approval'])
  })

  test('does nothing without the token that names it', async () => {
    const { grant_id: _, ...bare } = await granted(tools)
    expect((await namesAt('/mcp', bare)).names).toEqual(['get_approval'])
  })
})

/** An org whose people are asked about every call, and an agent with an account there. */
async function careful(org: string) {
  await rig.practice.session({ org_id: org, user_id: 'ana' })
  const asker = await rig.newAgent(org)
  await rig.practice.connectAccount({ org, user: 'ana', agents: [asker] })
  const tenant = await rig.practice.tenant(org)
  const by = { type: 'system', id: 'test' }
  const source = '@id("people") @decision("ask") @reason("Look first.") permit(principal, action, resource);'
  const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
  await publishDraft(tenant, parseId('policy_version', draft.id) ?? '', { force: false }, by, async () => {})
  return { tenant, asker }
}

test('a call that waits for people says so, and its approval tells what became of it', async () => {
  const { tenant, asker } = await careful('careful')
  const token = await rig.token({ org: 'careful', agent: asker, user: await rig.userId('careful', 'ana') })
  const client = await rig.connect(token, 'modern')
  const call = { name: 'sandbox__create_task', arguments: { title: 'With care' } }
  const waiting = await client.callTool(call)
  expect(factsOf(waiting)).toMatchObject({
    code: 'approval_required',
    approval_id: expect.stringMatching(/^ap_/),
  })
  const approval_id = String(factsOf(waiting).approval_id)
  expect(wordsOf(waiting)).toContain(approval_id)
  const ask = () => client.callTool({ name: 'get_approval', arguments: { approval_id } })
  expect((await ask()).structuredContent).toMatchObject({ status: 'pending' })
  await approve(approval_id)
  const payload = { org_id: tenant.orgId, approval_id: parseId('approval', approval_id) ?? '' }
  await jobs.execute_approval(payload, new AbortController().signal)
  const done = await ask()
  expect(done.structuredContent).toMatchObject({ status: 'executed', output: { title: 'With care' } })
  // Nobody else hears of it.
  const other = await rig.connect(await rig.token({ org: 'acme', agent, user }), 'modern')
  const foreign = await other.callTool({ name: 'get_approval', arguments: { approval_id } })
  expect(factsOf(foreign)).toMatchObject({ code: 'not_found' })
})

test('a call that was asked for through a toolset is made through it: not once the tool, or the toolset, is gone', async () => {
  const { tenant, asker } = await careful('narrow')
  const row = { org_id: tenant.orgId, created_by: { type: 'system', id: 'test' } }
  const toolset = newId()
  const at = { where: { org_id_id: { org_id: tenant.orgId, id: toolset } } }
  const tools = ['sandbox.create_task', 'sandbox.list_tasks']
  await forOrg(tenant, (tx) =>
    tx.agent_toolsets.create({ data: { ...row, id: toolset, name: 'Triage', tools } }),
  )
  const path = `/mcp/toolsets/${publicId('agent_toolset', toolset)}`
  const user = await rig.userId('narrow', 'ana')
  const client = await rig.connect(
    await rig.token({ org: 'narrow', agent: asker, user }, path),
    'modern',
    path,
  )
  const asked = async (title: string) =>
    String(factsOf(await client.callTool({ name: 'sandbox__create_task', arguments: { title } })).approval_id)
  const [first, second, third] = [await asked('First'), await asked('Second'), await asked('Third')]
  const outcome = async (approval_id: string) => {
    await approve(approval_id)
    const payload = { org_id: tenant.orgId, approval_id: parseId('approval', approval_id) ?? '' }
    await jobs.execute_approval(payload, new AbortController().signal)
    return forOrg(tenant, (tx) =>
      tx.approvals.findUniqueOrThrow({
        where: { org_id_id: { org_id: tenant.orgId, id: payload.approval_id } },
        select: { status: true, error_code: true },
      }),
    )
  }
  expect(await outcome(first)).toEqual({ status: 'executed', error_code: null })
  await forOrg(tenant, (tx) => tx.agent_toolsets.update({ ...at, data: { tools: ['sandbox.list_tasks'] } }))
  expect(await outcome(second)).toEqual({ status: 'refused', error_code: 'forbidden' })
  await forOrg(tenant, (tx) => tx.agent_toolsets.delete(at))
  expect(await outcome(third)).toEqual({ status: 'refused', error_code: 'forbidden' })
})

test('a call that waits is not made once the token that asked for it was taken back', async () => {
  const { tenant, asker } = await careful('regretted')
  const given = { org: 'regretted', agent: asker, user: await rig.userId('regretted', 'ana') }
  const outcome = async (title: string, takenBack: boolean) => {
    const token = await rig.token(given)
    const client = await rig.connect(token, 'modern')
    const waiting = await client.callTool({ name: 'sandbox__create_task', arguments: { title } })
    const approval_id = String(factsOf(waiting).approval_id)
    const jti = String(decodeJwt(token).jti)
    if (takenBack)
      await forOrg(deployment, (tx) =>
        tx.oauth_records.create({
          data: {
            ...{ org_id: deployment.orgId, model: 'AccessToken', id: sha256(jti), payload: {} },
            ...{ revoked_at: new Date(), expires_at: new Date(Date.now() + 600_000) },
          },
        }),
      )
    await approve(approval_id)
    const id = parseId('approval', approval_id) ?? ''
    await jobs.execute_approval({ org_id: tenant.orgId, approval_id: id }, new AbortController().signal)
    return forOrg(tenant, (tx) =>
      tx.approvals.findUniqueOrThrow({
        where: { org_id_id: { org_id: tenant.orgId, id } },
        select: { status: true, error_code: true },
      }),
    )
  }
  expect(await outcome('Kept', false)).toEqual({ status: 'executed', error_code: null })
  expect(await outcome('Regretted', true)).toEqual({ status: 'refused', error_code: 'forbidden' })
})

async function approve(id: string) {
  const { POST } = await import('../../app/api/v1/approvals/[id]/approve/route.ts')
  const request = new Request(`http://localhost/api/v1/approvals/${id}/approve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.practice.secretKey}`, 'content-type': 'application/json' },
    body: '{}',
  })
  const answered = await POST(request, { params: Promise.resolve({ id }) })
  expect(answered.status).toBe(200)
}

test('a modern client hears of tools that come, on the stream that it has open', async () => {
  await rig.practice.session({ org_id: 'acme', user_id: 'later' })
  const watcher = await rig.newAgent('acme')
  const token = await rig.token({ org: 'acme', agent: watcher, user: await rig.userId('acme', 'later') })
  const heard: string[][] = []
  const client = await rig.connect(token, 'modern', '/mcp', {
    listChanged: { tools: { onChanged: (_, tools) => heard.push((tools ?? []).map(({ name }) => name)) } },
  })
  expect((await client.listTools()).tools).toHaveLength(1)
  await rig.practice.connectAccount({ org: 'acme', user: 'later', agents: [watcher] })
  await expect.poll(() => heard.at(-1) ?? [], { timeout: 12_000 }).toContain('sandbox__list_tasks')
})
