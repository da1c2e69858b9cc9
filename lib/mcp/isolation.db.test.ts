import { afterAll, beforeAll, expect, test } from 'vitest'
import { getExecution } from '#lib/broker'
import { parseId } from '#lib/ids'
import { factsOf, initialize, type McpRig, message, startMcp, wordsOf } from './testing.ts'

// Two orgs, two users in each (under the same names), two agents in each: every one of them has a task of its own.
let rig: McpRig
type Who = {
  org: string
  user: string
  agent: string
  token: (path?: string) => Promise<string>
  task: string
  person: string
  account: string
}
const all: Who[] = []
const people = {
  'acme/ana': 'ana',
  'acme/ben': 'ben',
  'umbrella/ana': 'cleo',
  'umbrella/ben': 'ana',
} as const

beforeAll(async () => {
  rig = await startMcp()
  for (const org of ['acme', 'umbrella']) {
    for (const user of ['ana', 'ben']) await rig.practice.session({ org_id: org, user_id: user })
    for (const user of ['ana', 'ben']) {
      // Each agent is lent the account of one user.
      const agent = await rig.newAgent(org)
      const person = people[`${org}/${user}` as keyof typeof people]
      const { connected_account_id } = await rig.practice.connectAccount({
        org,
        user,
        person,
        agents: [agent],
      })
      const account = connected_account_id ?? ''
      const usr = await rig.userId(org, user)
      const token = (path?: string) => rig.token({ org, agent, user: usr }, path)
      all.push({ org, user, agent, person, account, token, task: `secret of ${org}/${user}` })
    }
  }
  for (const who of all) {
    const client = await rig.connect(await who.token(), 'modern')
    const made = await client.callTool({ name: 'sandbox__create_task', arguments: { title: who.task } })
    expect(made.isError ?? false).toBe(false)
  }
})
afterAll(() => rig.stop())

test('every caller sees its own and nothing of the three others, whichever way it asks', async () => {
  let pairs = 0
  for (const who of all) {
    for (const era of ['modern', 'legacy'] as const) {
      const client = await rig.connect(await who.token(), era)
      const result = await client.callTool({ name: 'sandbox__list_tasks', arguments: {} })
      const words = wordsOf(result)
      expect(words).toContain(who.task)
      const id = parseId('execution', String(factsOf(result).execution_id)) ?? ''
      const ran = await getExecution(await rig.practice.tenant(who.org), id)
      expect(ran).toMatchObject({ org_id: who.org, user_id: who.user, connected_account_id: who.account })
      for (const other of all.filter((one) => one !== who)) {
        expect(ran.connected_account_id).not.toBe(other.account)
        if (other.person !== who.person) expect(words).not.toContain(other.task)
        pairs++
      }
    }
  }
  expect(pairs).toBe(24)
})

test("no agent reaches another's user: neither by a token that names both, nor by naming the account or the user", async () => {
  for (const who of all) {
    for (const other of all.filter((one) => one !== who && one.org === who.org)) {
      const user = await rig.userId(other.org, other.user)
      const mixed = await rig.token({ org: who.org, agent: who.agent, user })
      const client = await rig.connect(mixed, 'modern')
      const names = (await client.listTools()).tools.map(({ name }) => name)
      expect(names).toEqual(['get_approval'])
      const called = await client.callTool({ name: 'sandbox__list_tasks', arguments: {} })
      expect(called.isError).toBe(true)
      expect(wordsOf(called)).not.toContain(other.task)
      const own = await rig.connect(await rig.token({ org: who.org, agent: who.agent }), 'modern')
      const named = await own.callTool({ name: 'sandbox__list_tasks', arguments: { user_id: other.user } })
      expect(named.isError).toBe(true)
      expect(wordsOf(named)).not.toContain(other.task)
    }
  }
})

test("a token that names another org's agent, user or endpoint is no token here", async () => {
  for (const who of all) {
    for (const other of all.filter((one) => one.org !== who.org)) {
      const user = await rig.userId(other.org, other.user)
      const forged = [
        await rig.token({ org: who.org, agent: other.agent, user: await rig.userId(who.org, who.user) }),
        await rig.token({ org: who.org, agent: who.agent, user }),
        await rig.token({ org: other.org, agent: who.agent, user }),
      ]
      for (const token of forged)
        expect((await rig.raw('/mcp', { token, body: initialize() })).status).toBe(401)
      const path = `/mcp/orgs/${other.org}`
      for (const token of [await who.token(path), await who.token(`/mcp/orgs/${who.org}`), await who.token()])
        expect((await rig.raw(path, { token, body: initialize() })).status).toBe(401)
      expect((await rig.raw(path, { token: await other.token(path), body: initialize() })).status).toBe(200)
    }
  }
})

test('a session id is worth nothing to anybody else, and nothing without a token', async () => {
  for (const who of all) {
    const begun = await rig.raw('/mcp', { token: await who.token(), body: initialize() })
    const session = begun.headers.get('mcp-session-id') ?? ''
    const headers = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }
    const list = async (token?: string) =>
      (await rig.raw('/mcp', { ...(token !== undefined && { token }), headers, body: message('tools/list') }))
        .status
    expect(await list(await who.token())).toBe(200)
    for (const other of all.filter((one) => one !== who)) expect(await list(await other.token())).toBe(404)
    expect(await list()).toBe(401)
    // Another letter in any case: one id of a thousand ends as whatever one would put there.
    const letter = session.at(-2) === 'A' ? 'B' : 'A'
    const forged = `${session.slice(0, -2)}${letter}${session.at(-1)}`
    const changed = { ...headers, 'mcp-session-id': forged }
    const body = message('tools/list')
    expect((await rig.raw('/mcp', { token: await who.token(), headers: changed, body })).status).toBe(404)
  }
})
