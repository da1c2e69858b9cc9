// How a person lets an app act for them, in a real browser: found out, registered, signed in, asked, answered, used, and
// taken back.
import { createHash, randomBytes } from 'node:crypto'
import type { Browser, Page } from '@playwright/test'
import { helperPorts, instance } from '../scripts/testing/instance.ts'
import { type MailServer, startMailServer } from '../scripts/testing/mail-server.ts'
import { axeFindings } from './support/axe.ts'
import { type Loopback, mcpUrl, type Product, startLoopback, startProduct } from './support/mcp/person.ts'
import { type Api, connectedAccount, expect, test } from './support/test.ts'

const org = 'e2e-authorize'
let inbox: MailServer
let product: Product
let back: Loopback

test.beforeAll(async () => {
  inbox = await startMailServer({}, helperPorts().mail)
})
test.afterAll(() => inbox.stop())
test.beforeEach(async ({ api }) => {
  test.slow()
  product = await startProduct(api, org)
  back = await startLoopback()
})
test.afterEach(() => Promise.all([product.close(), back.close()]))

const json = async (response: Response) => ({
  status: response.status,
  body: (await response.json()) as Record<string, unknown>,
})

/** As a client finds out where it has to go (RFC 9728, RFC 8414), and registers itself (RFC 7591). */
async function newClient(resource: string, name = 'Claude') {
  const challenged = await fetch(resource, { method: 'POST', body: '{}' })
  expect(challenged.status).toBe(401)
  const metadataAt = /resource_metadata="([^"]+)"/.exec(challenged.headers.get('www-authenticate') ?? '')?.[1]
  const about = (await json(await fetch(metadataAt ?? ''))).body
  const issuer = new URL(String((about.authorization_servers as string[])[0]))
  const server = (
    await json(await fetch(`${issuer.origin}/.well-known/oauth-authorization-server${issuer.pathname}`))
  ).body
  const registered = await json(
    await fetch(String(server.registration_endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ client_name: name, redirect_uris: [back.url], token_endpoint_auth_method: 'none' },
        grant_types: ['authorization_code', 'refresh_token'],
      }),
    }),
  )
  expect(registered.status, JSON.stringify(registered.body)).toBe(201)
  const clientId = String(registered.body.client_id)
  const verifier = randomBytes(32).toString('base64url')
  const authorize = new URL(String(server.authorization_endpoint))
  authorize.search = new URLSearchParams({
    ...{ response_type: 'code', client_id: clientId, redirect_uri: back.url, resource, state: 'st' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  return {
    url: authorize.href,
    /** The token that the answer at the client's own address is good for. */
    async token(): Promise<string> {
      const answer = (await back.answer).searchParams
      expect(answer.get('error'), answer.toString()).toBeNull()
      const { status, body } = await json(
        await fetch(String(server.token_endpoint), {
          method: 'POST',
          body: new URLSearchParams({
            ...{ grant_type: 'authorization_code', client_id: clientId, redirect_uri: back.url, resource },
            ...{ code: answer.get('code') ?? '', code_verifier: verifier },
          }),
        }),
      )
      expect(status, JSON.stringify(body)).toBe(200)
      return String(body.access_token)
    },
  }
}

const rest = () => `${instance().publicUrl}/api/v1`
const allow = (page: Page) => page.getByRole('button', { name: 'Allow', exact: true })
const notNow = (page: Page) => page.getByRole('button', { name: 'Not now' })
const throughProduct = (page: Page) => page.getByRole('button', { name: 'Continue at Acme' }).click()

/** The code that was mailed to an address. */
async function codeFor(address: string): Promise<string> {
  const found = () => inbox.taken.filter(({ to }) => to[0] === address).at(-1)?.text ?? ''
  await expect.poll(found, { timeout: 20_000 }).toMatch(/^\s{4}\d{8}\s*$/m)
  return /^\s{4}(\d{8})\s*$/m.exec(found())?.[1] ?? ''
}

/** A person whom the product knows by an address. */
async function addressed(api: Api, page: Page) {
  const { id, user } = await connectedAccount(page, api, { org })
  const address = `${user}@acme.test`
  await api.post('/connect_sessions', { org_id: org, user_id: user, user: { email: address } })
  return { id, user, address }
}

test('an app is let in through the product, does what was allowed and no more, and is shut out', async ({
  page,
  api,
}) => {
  const { id, user } = await connectedAccount(page, api, { org })
  product.signIn(user)
  const client = await newClient(mcpUrl(org))
  await page.goto(client.url)
  await expect(page.getByRole('heading', { name: 'First, who are you?' })).toBeVisible()
  expect(await axeFindings(page)).toEqual([])
  await throughProduct(page)
  await expect(
    page.getByRole('heading', { name: /Claude wants to use your connected accounts at Acme/ }),
  ).toBeVisible()
  // Who asks is its own word; where the answer goes is not.
  await expect(page.getByText('Nobody has checked that name.')).toBeVisible()
  await expect(page.getByText(new URL(back.url).host, { exact: true })).toBeVisible()
  await expect(page.getByText(/This is an app on this computer/)).toBeVisible()
  expect(await axeFindings(page)).toEqual([])
  const [yes, no] = [await allow(page).boundingBox(), await notNow(page).boundingBox()]
  expect([yes?.width, yes?.height]).toEqual([no?.width, no?.height])
  await page.getByText('Only see', { exact: true }).click()
  await allow(page).click()
  const token = await client.token()
  const listed = await fetch(mcpUrl(org), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
  })
  const tools = await listed.text()
  expect(tools).toContain('sandbox__list_tasks')
  expect(tools).not.toContain('sandbox__create_task')
  const { body: grants } = await api.get(`/agent_grants?org_id=${org}&user_id=${user}`)
  expect(grants.data).toMatchObject([
    { status: 'active', scopes: ['tools:read', 'offline_access'], connected_accounts: [{ id }] },
  ])
  // The person sees it where they manage what acts for them, and ends it there.
  const managed = await api.post('/connect_sessions', { org_id: org, user_id: user, kind: 'manage' })
  await page.goto(String(managed.body.url))
  await expect(page.getByRole('heading', { name: 'Apps that you let in' })).toBeVisible()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Take back: Claude' }).click()
  await expect(page.getByText('Taken back. The app can do nothing for you any more.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Apps that you let in' })).toHaveCount(0)
  const after = await fetch(mcpUrl(org), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} }),
  })
  expect(after.status).toBe(401)
})

async function withoutScripts(browser: Browser, work: (page: Page) => Promise<void>) {
  const context = await browser.newContext({ javaScriptEnabled: false })
  await work(await context.newPage())
  await context.close()
}

test('a person signs in by a mailed code, without scripts, and picks single tools', async ({
  page,
  browser,
  api,
}) => {
  const { id, address } = await addressed(api, page)
  const client = await newClient(mcpUrl(org))
  const signInAndPick = async (plain: Page) => {
    await plain.goto(client.url)
    await plain.getByLabel('Your e-mail address').fill(address)
    await plain.getByRole('button', { name: 'Send a code' }).click()
    await expect(plain.getByRole('heading', { name: 'Check your mail' })).toBeVisible()
    await plain.getByLabel('Code from the message').fill('123')
    await plain.getByRole('button', { name: 'Go on' }).click()
    await expect(plain.getByText('A code has eight digits.', { exact: false })).toBeVisible()
    await plain.getByLabel('Code from the message').fill(await codeFor(address))
    await plain.getByRole('button', { name: 'Go on' }).click()
    await expect(allow(plain)).toBeVisible()
    await plain.getByText('Choose one by one').click()
    await plain.getByText('Only what I tick').click()
    await plain.getByRole('checkbox', { name: 'Create a task' }).check()
    await allow(plain).click()
  }
  await withoutScripts(browser, async (plain) => {
    await signInAndPick(plain)
    await client.token()
  })
  const { body } = await api.get(`/agent_grants?org_id=${org}&limit=1`)
  const [grant] = body.data as {
    connected_accounts: { id: string; tools: string[] }[]
    consent_text: string
  }[]
  expect(grant?.connected_accounts[0]?.id).toBe(id)
  expect(grant?.connected_accounts[0]?.tools).toContain('sandbox.create_task')
  expect(grant?.consent_text).toContain('Claude wants to use your connected accounts at Acme')
})

test('where no organization is known, the address is proven before anything is told', async ({
  page,
  api,
}) => {
  const { id, address } = await addressed(api, page)
  const client = await newClient(`${instance().publicUrl}/mcp`)
  // The same client, for the REST API: every organization's resource.
  const url = new URL(client.url)
  url.searchParams.set('resource', rest())
  await page.goto(url.href)
  await expect(page.getByRole('button', { name: /Continue at/ })).toHaveCount(0)
  await expect(page.getByText('Acme')).toHaveCount(0)
  await page.getByLabel('Your e-mail address').fill(address)
  await page.getByRole('button', { name: 'Send a code' }).click()
  await page.getByLabel('Code from the message').fill(await codeFor(address))
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByRole('heading', { name: /at Acme/ })).toBeVisible()
  await allow(page).click()
  const answer = (await back.answer).searchParams
  expect(answer.get('code')).not.toBeNull()
  expect(id).toMatch(/^ca_/)
})

test('an app that is refused is told so, and nothing is kept', async ({ page, api }) => {
  const { user } = await connectedAccount(page, api, { org })
  product.signIn(user)
  const client = await newClient(mcpUrl(org))
  await page.goto(client.url)
  await throughProduct(page)
  await notNow(page).click()
  expect((await back.answer).searchParams.get('error')).toBe('access_denied')
  expect((await api.get(`/agent_grants?org_id=${org}&user_id=${user}`)).body.data).toEqual([])
})

test('somebody else’s browser that comes back from the product is told so, and signs nobody in', async ({
  page,
  browser,
  api,
}) => {
  const { user } = await connectedAccount(page, api, { org })
  product.signIn(user)
  const client = await newClient(mcpUrl(org))
  await page.goto(client.url)
  // The attacker has begun; the link to the victim's own product is all that the victim gets.
  let toProduct = ''
  await page.route(`${product.url}/**`, (route) => {
    toProduct = route.request().url()
    return route.abort()
  })
  await throughProduct(page).catch(() => undefined)
  await expect.poll(() => toProduct).not.toBe('')
  const victim = await browser.newContext()
  const theirs = await victim.newPage()
  await theirs.goto(toProduct)
  await expect(theirs.getByRole('heading', { name: 'This was started in another browser' })).toBeVisible()
  await victim.close()
  await page.goto(client.url)
  await expect(page.getByRole('heading', { name: 'First, who are you?' })).toBeVisible()
})

test('a page of an app that is over, or another browser’s, says so; no other site can answer it', async ({
  page,
  browser,
}) => {
  const client = await newClient(mcpUrl(org))
  await page.goto(client.url)
  const at = page.url()
  const other = await browser.newContext()
  const theirs = await other.newPage()
  await theirs.goto(at)
  await expect(theirs.getByRole('heading', { name: 'This question is over' })).toBeVisible()
  await other.close()
  const headers = (await page.request.get(at)).headers()
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  const forged = await page.request.post(`${at}/refuse`, {
    headers: { 'sec-fetch-site': 'cross-site' },
    form: {},
  })
  expect(forged.status()).toBe(403)
})

test('a device is let in by the code that it shows, and a wrong code leads nowhere', async ({
  page,
  api,
}) => {
  const { user } = await connectedAccount(page, api, { org })
  product.signIn(user)
  const { clientId, deviceEndpoint } = await deviceClient()
  const { body: begun } = await json(
    await fetch(deviceEndpoint, {
      method: 'POST',
      body: new URLSearchParams({ client_id: clientId, resource: mcpUrl(org), scope: 'tools:read' }),
    }),
  )
  expect(begun.user_code, JSON.stringify(begun)).toBeTruthy()
  await page.goto(String(begun.verification_uri))
  await page.getByLabel('Code on the device').fill('BBBB-BBBB')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByText('No device waits with that code.', { exact: false })).toBeVisible()
  await page.getByLabel('Code on the device').fill(String(begun.user_code))
  await page.getByRole('button', { name: 'Go on' }).click()
  await throughProduct(page)
  await expect(page.getByText('the device that showed you the code')).toBeVisible()
  await allow(page).click()
  await expect(page.getByRole('heading', { name: 'Your device may go on' })).toBeVisible()
})

async function deviceClient() {
  const issuer = `${instance().publicUrl}/oauth`
  const server = (await json(await fetch(`${issuer}/.well-known/openid-configuration`))).body
  const { body } = await json(
    await fetch(String(server.registration_endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ client_name: 'Television', token_endpoint_auth_method: 'none' },
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      }),
    }),
  )
  return { clientId: String(body.client_id), deviceEndpoint: String(server.device_authorization_endpoint) }
}
