// An organization's own domain, in a browser: the portal stands there from the link to the last page, and nothing else.

import { createServer, request as http, type Server } from 'node:http'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { z } from 'zod'
import { type DnsServer, startDnsServer } from '../scripts/testing/dns-server.ts'
import { helperPorts, instance, instanceBrowser } from '../scripts/testing/instance.ts'
import { signIn } from './support/console.ts'
import { type Api, decideAtSandbox, expect, freshUser, invite, test } from './support/test.ts'

let dns: DnsServer
test.beforeAll(async () => {
  dns = await startDnsServer(helperPorts().dns)
})
test.afterAll(() => dns.stop())

const org = 'e2e-domains'
const hostname = 'connect.acme-domains.test'
const originOf = (host: string) => `http://${host}:${instance().port}`

const added = z.object({
  id: z.string(),
  records: z.array(z.object({ name: z.string(), value: z.string() })),
  status: z.string(),
})
type Added = z.output<typeof added>

/** A domain with its records published, as the check found it. */
async function live(api: Api, orgId: string, host: string): Promise<Added> {
  await api.put(`/orgs/${orgId}`, {})
  const { status, body } = await api.post(`/orgs/${orgId}/domains`, { hostname: host })
  if (status === 409) return { id: '', records: [], status: 'live' }
  const { id, records } = added.parse(body)
  const [txt, cname] = records
  dns.zone.txt[txt?.name ?? ''] = [txt?.value ?? '']
  dns.zone.cname[cname?.name ?? ''] = cname?.value ?? ''
  const checked = await api.post(`/orgs/${orgId}/domains/${id}/check`)
  expect(checked.body, JSON.stringify(checked.body)).toMatchObject({ status: 'live', problems: [] })
  return added.parse(checked.body)
}

/**
 * Stands where a proxy with TLS would, for hosts below `.test`. Without TLS browsers do not say whose page sent a form
 * (`Sec-Fetch-Site`, and under `no-referrer` not `Origin`), hence it is said for them; that others' forms are refused is
 * tested where there is a secure origin.
 */
async function startProxy(): Promise<Server> {
  const proxy = createServer((request, response) => {
    const { pathname, search, host } = new URL(request.url ?? '/', 'http://nobody.test')
    const headers = {
      ...request.headers,
      host,
      ...(request.headers.origin && { 'sec-fetch-site': 'same-origin' }),
    }
    const { port } = instance()
    const { method } = request
    const forwarded = http(
      { host: '127.0.0.1', port, method, path: `${pathname}${search}`, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    request.pipe(forwarded).on('error', () => response.destroy())
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  return proxy
}

/** A browser for which the hosts below `.test` lead here. */
async function withBrowser(work: (context: BrowserContext) => Promise<void>) {
  const { executablePath, env } = instanceBrowser()
  const proxy = await startProxy()
  const address = proxy.address()
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    env: { ...(process.env as Record<string, string>), ...env },
    proxy: {
      server: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      bypass: '127.0.0.1,localhost',
    },
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  })
  try {
    await work(await browser.newContext())
  } finally {
    await browser.close()
    proxy.closeAllConnections()
    proxy.close()
  }
}

/** One request with the headers as given, which browsers and fetch would not let through. */
const raw = (path: string, headers: Record<string, string>) =>
  new Promise<{ status: number; body: string }>((done, fail) => {
    http({ host: '127.0.0.1', port: instance().port, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      )
    })
      .on('error', fail)
      .end()
  })

test('connects at the organization’s domain from the link to the last page, over the redirect URI of the deployment', async ({
  api,
}) => {
  await live(api, org, hostname)
  const session = await invite(api, {
    org_id: org,
    user_id: freshUser(),
    scopes: { sandbox: ['tasks:read'] },
  })
  expect(session.url).toContain(`${originOf(hostname)}/connect/`)
  await withBrowser(async (context) => {
    const page = await context.newPage()
    const seen: string[] = []
    page.on('framenavigated', (frame) => seen.push(frame.url()))
    await page.goto(session.hosted_url)
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByText(`${hostname}`).first()).toBeVisible()
    await page.getByRole('button', { name: 'Approve' }).click()
    await decideAtSandbox(page)
    await page.waitForURL(`${originOf(hostname)}/connect/${session.id}/done`)
    await expect(page.getByText(/^bhf_cc_/)).toBeVisible()
    // No page that a person saw had the code of the provider in its address, and none was at the deployment's host.
    expect(seen.filter((url) => /[?&]code=/.test(url))).toEqual([])
    expect(seen.filter((url) => url.startsWith(instance().publicUrl))).toEqual([])
  })
})

test('opens no session of another organization, and says so', async ({ api }) => {
  await live(api, org, hostname)
  const foreign = await invite(api, { org_id: 'e2e-domains-other', user_id: freshUser() })
  const path = new URL(foreign.hosted_url).pathname
  await withBrowser(async (context) => {
    const page = await context.newPage()
    for (const address of [path, `/connect/${foreign.id}#token=${foreign.token}`]) {
      await page.goto(`${originOf(hostname)}${address}`)
      await expect(page.getByRole('heading', { name: 'This link does not belong here' })).toBeVisible()
    }
    const post = await page.request
      .post(`${originOf(hostname)}${path}/enter`, { maxRedirects: 0 })
      .catch(() => null)
    expect(post === null || post.status() >= 400).toBe(true)
  })
  const entered = await new Promise<number>((done) => {
    const headers = { host: `${hostname}:${instance().port}`, origin: originOf(hostname) }
    http(
      { host: '127.0.0.1', port: instance().port, path: `${path}/enter`, method: 'POST', headers },
      (response) => {
        response.resume()
        done(response.statusCode ?? 0)
      },
    ).end()
  })
  expect(entered).toBe(403)
})

test('serves neither console nor API at an organization’s domain, whatever the headers say', async ({
  api,
}) => {
  await live(api, org, hostname)
  const host = `${hostname}:${instance().port}`
  const own = new URL(instance().publicUrl).host
  for (const path of [
    '/',
    '/console',
    '/api/v1/orgs',
    '/api/auth/session',
    '/docs',
    '/demo',
    '/healthz',
    '/domains/ask',
  ]) {
    expect((await raw(path, { host })).status, path).toBe(404)
    // Nobody is trusted here to say another host, in either direction.
    expect((await raw(path, { host, 'x-forwarded-host': own })).status, path).toBe(404)
  }
  expect((await raw('/healthz', { host: own, 'x-forwarded-host': hostname })).status).toBe(200)
  expect((await raw('/healthz', { host: own, 'x-behalf-host': hostname })).status).toBe(200)
  expect((await raw('/healthz', { host: `${own}, ${host}` })).status).toBe(400)
})

test('answers whether a certificate may be asked for', async ({ api, request }) => {
  await live(api, org, hostname)
  const ask = async (domain: string) =>
    (await request.get(`/domains/ask?domain=${encodeURIComponent(domain)}`)).status()
  expect(await ask(hostname)).toBe(200)
  expect(await ask(hostname.toUpperCase())).toBe(200)
  for (const domain of ['other.test', 'localhost', '', `${hostname}&domain=x`, '*.test', `${hostname}\r\n`])
    expect(await ask(domain)).toBe(404)
})

const row = (page: Page, host: string) => page.getByRole('heading', { name: host }).locator('xpath=../..')

test('an admin adds a domain in the console, reads what is wrong, and sees it go live', async ({ page }) => {
  const mine = 'console.acme-domains.test'
  await signIn(page, 'domains@example.com')
  await page.goto(`/console/${org}/domains`)
  await page.getByLabel('Hostname').fill('localhost')
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByText(/hostname must/)).toBeVisible()
  dns.zone.cname[mine] = 'elsewhere.test'
  await page.getByLabel('Hostname').fill(mine)
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(row(page, mine).getByText('Misconfigured')).toBeVisible()
  await expect(
    row(page, mine).getByText(`The CNAME record at ${mine} is elsewhere.test; it should be localhost.`),
  ).toBeVisible()
  dns.zone.txt[`_behalf.${mine}`] = [
    await row(page, mine)
      .getByText(/^behalf-[0-9a-f]{40}$/)
      .innerText(),
  ]
  dns.zone.cname[mine] = 'localhost'
  await expect(async () => {
    await page.getByRole('button', { name: `Check ${mine} now` }).click()
    await expect(row(page, mine).getByText('Live', { exact: true })).toBeVisible({ timeout: 2_000 })
  }).toPass({ timeout: 20_000 })
  await row(page, mine).getByRole('button', { name: 'Remove' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('heading', { name: mine })).toHaveCount(0)
})
