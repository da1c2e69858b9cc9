// A person and their product, as an MCP client's authorization meets them: the product vouches for who is signed in, and
// the person decides in a real browser.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { instance } from '../../../scripts/testing/instance.ts'
import { type Api, expect } from '../test.ts'

export type Product = { url: string; signIn(user: string): void; close(): Promise<void> }

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const closed = (server: Server) => {
  server.closeAllConnections()
  return new Promise<void>((done) => server.close(() => done()))
}

/** The product of an org: its page for people who come to say who they are, which its backend vouches for. */
export async function startProduct(api: Api, org: string): Promise<Product> {
  let user = ''
  const server = createServer((request, response) => {
    const handle = new URL(request.url ?? '/', 'http://product').searchParams.get('sign_in') ?? ''
    void api.post(`/sign_ins/${handle}/confirm`, { org_id: org, user_id: user }).then(({ body }) => {
      response.writeHead(303, { location: String(body.redirect_url) }).end()
    })
  })
  const url = await listening(server)
  const { status, body } = await api.put(`/orgs/${org}`, {
    name: 'Acme',
    origins: [url],
    settings: { sign_in_url: `${url}/sign-in` },
  })
  expect(status, JSON.stringify(body)).toBeLessThan(300)
  return {
    url,
    signIn: (id) => {
      user = id
    },
    close: () => closed(server),
  }
}

/** Signs in through the product, where that is asked, and allows what the client asks for. */
export async function allow(page: Page, authorizationUrl: string): Promise<void> {
  await page.goto(authorizationUrl)
  const decide = page.getByRole('button', { name: 'Allow', exact: true })
  const product = page.getByRole('button', { name: 'Continue at Acme' })
  await expect(decide.or(product)).toBeVisible()
  if (await product.isVisible()) await product.click()
  await decide.click()
}

export type Loopback = { url: string; answer: Promise<URL>; close(): Promise<void> }

/** The address on the person's own machine that a client is answered at. */
export async function startLoopback(): Promise<Loopback> {
  let arrived: (answer: URL) => void
  const answer = new Promise<URL>((done) => {
    arrived = done
  })
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (url.pathname === '/callback') arrived(url)
    response.writeHead(200, { 'content-type': 'text/plain' }).end('You can close this window.')
  })
  const url = await listening(server)
  return { url: `${url}/callback`, answer, close: () => closed(server) }
}

/** An org's own MCP endpoint. */
export const mcpUrl = (org: string): string => `${instance().publicUrl}/mcp/orgs/${org}`
