// The clients that people have, each against a running instance: discovery, registration, the person's consent in a real
// browser, the token, and then tools listed and called.
import { auth as aiAuth, createMCPClient, UnauthorizedError } from '@ai-sdk/mcp'
import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { auth } from '@modelcontextprotocol/client'
import type { Page } from '@playwright/test'
import { startClientDocument } from './support/mcp/client-document.ts'
import { MemoryProvider } from './support/mcp/client-provider.ts'
import { startInspector } from './support/mcp/inspector.ts'
import { allow, mcpUrl, type Product, startLoopback, startProduct } from './support/mcp/person.ts'
import {
  type Api,
  confirmSession,
  connectedAccount,
  decideAtSandbox,
  expect,
  freshUser,
  invite,
  test,
} from './support/test.ts'

const org = 'e2e-mcp'
let product: Product

test.beforeEach(async ({ api }) => {
  product = await startProduct(api, org)
})
test.afterEach(() => product.close())

/** A person of the product's with tasks to list. */
test.describe('a person with a connected account', () => {
  let user: string
  test.beforeEach(async ({ page, api }) => {
    user = freshUser()
    await connectedAccount(page, api, { org, user })
    product.signIn(user)
  })

  for (const era of ['legacy', 'modern'] as const)
    test(`MCP Inspector, ${era} era, registered dynamically: lists tools and calls one`, async ({ page }) => {
      const inspector = await startInspector()
      try {
        const at = ['--server-url', mcpUrl(org), '--transport', 'http', '--protocol-era', era]
        const listed = await inspector.cli([...at, '--method', 'tools/list'], (url) => allow(page, url))
        expect(JSON.stringify(listed)).toContain('sandbox__list_tasks')
        const call = ['--method', 'tools/call', '--tool-name', 'sandbox__list_tasks']
        const called = await inspector.cli([...at, ...call])
        expect(JSON.stringify(called)).toContain('tasks')
      } finally {
        await inspector.close()
      }
    })

  test('MCP Inspector, known by its own metadata document: lists tools', async ({ page }) => {
    const inspector = await startInspector()
    const client = await startClientDocument('MCP Inspector', inspector.callback)
    try {
      const at = ['--server-url', mcpUrl(org), '--transport', 'http', '--protocol-era', 'modern']
      const known = ['--client-metadata-url', client.url, '--method', 'tools/list']
      let asked = ''
      const listed = await inspector.cli([...at, ...known], (url) => {
        asked = url
        return allow(page, url)
      })
      expect(new URL(asked).searchParams.get('client_id')).toBe(client.url)
      expect(JSON.stringify(listed)).toContain('sandbox__list_tasks')
    } finally {
      await inspector.close()
      await client.close()
    }
  })

  test('Vercel AI SDK: lists tools and calls one', async ({ page }) => {
    const back = await startLoopback()
    const provider = new MemoryProvider(back.url, 'AI SDK')
    const connect = () =>
      createMCPClient({ transport: { type: 'http', url: mcpUrl(org), authProvider: provider } })
    await expect(connect()).rejects.toBeInstanceOf(UnauthorizedError)
    await allow(page, provider.authorizationUrl)
    const answer = (await back.answer).searchParams
    await aiAuth(provider, {
      serverUrl: mcpUrl(org),
      authorizationCode: answer.get('code') ?? '',
      callbackIssuer: answer.get('iss') ?? '',
    })
    const client = await connect()
    const tools = await client.tools()
    const listed = await tools.sandbox__list_tasks?.execute?.({}, {
      toolCallId: 'one',
      messages: [],
    } as never)
    expect(JSON.stringify(listed)).toContain('tasks')
    await client.close()
    await back.close()
  })

  test('LangChain: lists tools and calls one', async ({ page }) => {
    const back = await startLoopback()
    const provider = new MemoryProvider(back.url, 'LangChain')
    const servers = { behalf: { url: mcpUrl(org), authProvider: provider as never } }
    await expect(new MultiServerMCPClient(servers).getTools()).rejects.toThrow()
    await allow(page, provider.authorizationUrl)
    const answer = (await back.answer).searchParams
    await auth(provider as never, {
      serverUrl: mcpUrl(org),
      authorizationCode: answer.get('code') ?? '',
      iss: answer.get('iss') ?? '',
    })
    const client = new MultiServerMCPClient(servers)
    const list = (await client.getTools()).find(({ name }) => name.endsWith('sandbox__list_tasks'))
    expect(JSON.stringify(await list?.invoke({}))).toContain('tasks')
    await client.close()
    await back.close()
  })
})

/** From the address that a client was given to an account that the product has confirmed. */
async function connectAt(page: Page, api: Api, url: string, user: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page)
  await page.waitForURL(/\/done$/)
  const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
  const id = /cs_[0-9a-f]+/.exec(page.url())?.[0] ?? ''
  const { status, body } = await confirmSession(api, { id, token: '', url: '', hosted_url: '' }, user, code)
  expect(status, JSON.stringify(body)).toBe(200)
}

for (const era of ['legacy', 'modern'] as const)
  test(`mcpdo, ${era} era: a person who has connected nothing is sent to connect, and the call goes on`, async ({
    page,
    api,
  }) => {
    const user = freshUser()
    await invite(api, { org_id: org, user_id: user })
    product.signIn(user)
    const { body: toolset } = await api.post('/toolsets', {
      org_id: org,
      name: `Tasks, ${era}, ${user}`,
      connectors: ['sandbox'],
    })
    const inspector = await startInspector()
    try {
      const at = [String(toolset.url), '--transport', 'http', '--era', era, '--connection', 'behalf']
      await inspector.mcpdo(['connect', ...at], (url) => allow(page, url))
      const asked = await inspector.mcpdo(['@behalf', 'tools/call', 'sandbox__list_tasks'])
      const { url, elicitationId } = asked.elicitationPending as { url: string; elicitationId: string }
      await connectAt(page, api, url, user)
      const done = await inspector.mcpdo(['elicitation/respond', elicitationId, '--done'])
      expect(JSON.stringify(done)).toContain('tasks')
    } finally {
      await inspector.close()
    }
  })
