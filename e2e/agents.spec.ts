// An admin's page of agents: made, given what they prove themselves with, narrowed, and ended.
import type { Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { signIn } from './support/console.ts'
import { look, narrow } from './support/look.ts'
import { type Api, expect, plantCanary, test } from './support/test.ts'

const org = 'e2e-agents'

async function newAgent(api: Api, name: string): Promise<string> {
  await api.put(`/orgs/${org}`, { name: 'Agents' })
  const { status, body } = await api.post('/agents', {
    org_id: org,
    name,
    owner: 'maria@acme.test',
    team: 'support',
  })
  expect(status, JSON.stringify(body)).toBe(201)
  return String(body.id)
}

/** The secret that the page shows, this once. */
const shownSecret = async (page: Page) => {
  const shown = page.getByRole('status').filter({ hasText: 'Copy the secret now' }).locator('code')
  await expect(shown).toHaveText(/^bhf_as_[\w-]{43}$/)
  const secret = await shown.innerText()
  plantCanary('agent secret', secret, true)
  return secret
}

test('an admin creates an agent, gives it a secret that is shown once, rotates it and revokes the old one', async ({
  page,
  api,
}) => {
  await api.put(`/orgs/${org}`, { name: 'Agents' })
  await signIn(page, 'agents@behalf.test')
  await page.goto(`/console/${org}/agents`)
  await page.getByRole('link', { name: 'New agent' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'New agent' })).toBeVisible()
  await page.getByLabel('Name').fill('Mira')
  await page.getByLabel('Owner').fill('maria@acme.test')
  await page.getByRole('button', { name: 'Create agent' }).click()
  await expect(page.getByRole('heading', { name: /^Mira/, level: 1 })).toContainText('Active')
  const id = /ag_[0-9a-f]{32}/.exec(page.url())?.[0] ?? ''

  await page.getByLabel('Credential name').fill('production')
  await page.getByRole('button', { name: 'Add credential' }).click()
  const first = await shownSecret(page)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'production' })).toBeVisible()
  expect(await page.content()).not.toContain(first)

  await page.getByRole('button', { name: 'Rotate production' }).click()
  const second = await shownSecret(page)
  expect(second).not.toBe(first)
  await page.reload()
  const { body } = await api.get(`/agents/${id}/credentials`)
  expect(body.data).toMatchObject([
    { status: 'active', hint: second.slice(-4), expires_at: null },
    { status: 'active', hint: first.slice(-4), expires_at: expect.any(String) },
  ])
  await page.getByRole('button', { name: 'Revoke', exact: true }).last().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke now' }).click()
  await expect(page.getByText('Revoked', { exact: true }).first()).toBeVisible()
  const after = await api.get(`/agents/${id}/credentials`)
  expect(after.body.data).toMatchObject([{ status: 'active' }, { status: 'revoked' }])
})

test('trusts a workflow of one repository instead of a secret, and says what is wrong with a wider one', async ({
  page,
  api,
}) => {
  const id = await newAgent(api, 'Builder')
  await signIn(page, 'agents-federated@behalf.test')
  await page.goto(`/console/${org}/agents/${id}`)
  await page.getByRole('link', { name: "Another issuer's tokens" }).click()
  await page.getByLabel('Issuer').fill('https://token.actions.githubusercontent.com')
  await page.getByLabel('Subject').fill('repo:acme/*')
  await page.getByRole('button', { name: 'Add credential' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'whole repository' })).toBeVisible()
  await page.getByLabel('Issuer').fill('https://token.actions.githubusercontent.com')
  await page.getByLabel('Subject').fill('repo:acme/app:ref:refs/heads/main')
  await page.getByRole('button', { name: 'Add credential' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Added agc_' })).toBeVisible()
  const { body } = await api.get(`/agents/${id}/credentials`)
  expect(body.data).toMatchObject([
    { kind: 'federated', subject: 'repo:acme/app:ref:refs/heads/main', single_use: true },
  ])
})

test('narrows what an agent may use, names a part of the tools, and disables it after a question', async ({
  page,
  api,
}) => {
  const id = await newAgent(api, 'Sorter')
  await signIn(page, 'agents-narrow@behalf.test')
  await page.goto(`/console/${org}/agents/${id}`)
  await page.getByLabel('Tools', { exact: true }).fill('sandbox.nothing')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'there is no sandbox.nothing' })).toBeVisible()
  await page.getByLabel('Tools', { exact: true }).fill('sandbox.list_tasks')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible()
  expect((await api.get(`/agents/${id}`)).body.tools).toEqual(['sandbox.list_tasks'])
  await expect(page.getByLabel('Tools', { exact: true })).toHaveValue('sandbox.list_tasks')

  await page.getByLabel('Toolset name').fill('Reading of Sorter')
  await page.getByLabel('Tools of the toolset').fill('sandbox.list_tasks')
  await page.getByRole('button', { name: 'Add toolset' }).click()
  await expect(page.getByText(/\/mcp\/toolsets\/ts_[0-9a-f]{32}/).first()).toBeVisible()

  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  const question = page.getByRole('dialog')
  await expect(question).toContainText('Its next call is refused')
  await question.getByRole('button', { name: 'Cancel' }).click()
  expect((await api.get(`/agents/${id}`)).body).toMatchObject({ status: 'active' })
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await question.getByRole('button', { name: 'Disable now' }).click()
  await expect(page.getByRole('button', { name: 'Enable', exact: true })).toBeVisible()
  const { body } = await api.get(`/audit_events?org_id=${org}&action=agent.disabled`)
  expect(body.data).toMatchObject([{ actor: { type: 'member' } }])
})

test('says how MCP clients are set up for this organization, copies it by keyboard, and needs no script for it', async ({
  browser,
  page,
  api,
}) => {
  await api.put('/orgs/e2e-agents-none', { name: 'Nobody yet' })
  await signIn(page, 'it@agents-none.test', 'e2e-agents-none')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('/console/e2e-agents-none/agents')
  await expect(page.getByText('No agent yet: connect one')).toBeVisible()
  const card = page.getByRole('region', { name: 'Connect an MCP client' })
  const endpoint = `${instance().publicUrl}/mcp/orgs/e2e-agents-none`
  await expect(card.getByText(endpoint, { exact: true }).first()).toBeVisible()
  await card.locator('summary', { hasText: 'VS Code' }).focus()
  await page.keyboard.press('Enter')
  const copy = card.getByRole('button', { name: 'Copy the setup of VS Code' })
  await copy.focus()
  await page.keyboard.press('Enter')
  await expect(card.getByRole('status').filter({ hasText: 'Copied' })).toBeVisible()
  const copied: unknown = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))
  expect(copied).toEqual({ servers: { behalf: { type: 'http', url: endpoint } } })

  const plain = await browser.newContext({
    ...narrow(),
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
  })
  const still = await plain.newPage()
  await still.goto('/console/e2e-agents-none/agents')
  await still.locator('summary', { hasText: 'Claude Code' }).click()
  await expect(still.getByText(`claude mcp add --transport http behalf ${endpoint}`)).toBeVisible()
  await expect(still.getByRole('button', { name: /^Copy/ })).toHaveCount(0)
  await plain.close()
})

test("an organization's admin has no part in another's agents, nor in the deployment's", async ({
  page,
  api,
}) => {
  const id = await newAgent(api, 'Mine')
  await api.put('/orgs/e2e-agents-other', { name: 'Other' })
  await signIn(page, 'it@agents-other.test', 'e2e-agents-other')
  for (const path of [
    `/console/${org}/agents`,
    `/console/e2e-agents-other/agents/${id}`,
    '/console/~/agents',
  ])
    expect((await page.goto(path))?.status(), path).toBe(404)
})

test('agents: no accessibility finding, light or dark, and nothing to scroll sideways at 320 px', async ({
  browser,
  page: first,
  api,
}) => {
  const id = await newAgent(api, 'A name that is rather longer than most names of agents are')
  await api.post(`/agents/${id}/credentials`, { kind: 'client_secret', name: 'production' })
  await api.post(`/agents/${id}/credentials`, {
    kind: 'federated',
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:acme/app:*',
    claims: { repository_id: '42' },
  })
  await api.post('/toolsets', { org_id: org, name: 'Looking', agent_id: id, connectors: ['sandbox'] })
  await signIn(first, 'agents-axe@behalf.test')
  const storageState = await first.context().storageState()
  const context = await browser.newContext({ ...narrow(), storageState })
  const page = await context.newPage()
  await page.goto(`/console/${org}/agents`)
  await expect(page.getByRole('link', { name: 'New agent' })).toBeVisible()
  await look(page)
  for (const add of ['client_secret', 'private_key_jwt', 'federated', 'tls_client_auth']) {
    await page.goto(`/console/${org}/agents/${id}?add=${add}`)
    await expect(page.getByRole('heading', { name: 'Credentials' })).toBeVisible()
    await look(page)
  }
  for (const client of ['LangChain', 'MCP Inspector']) {
    const card = page.getByRole('region', { name: 'Connect an MCP client' })
    await card.locator('summary', { hasText: client }).click()
    await expect(card.getByRole('button', { name: `Copy the setup of ${client}` })).toBeVisible()
    await look(page)
  }
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await look(page)
  await context.close()
})
