// The browser itself: what the other specs prove about embedded pages holds only if it isolates them.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'

let server: Server
let port: number

test.beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(
      request.url === '/host' ? `<iframe src="http://localhost:${port}/framed"></iframe>` : '<p>page</p>',
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port
})

test.afterAll(async () => {
  await new Promise((done) => server.close(done))
})

test('storage is partitioned: a page framed by another site sees none of what it stored as a page of its own', async ({
  page,
}) => {
  await page.goto(`http://localhost:${port}/framed`)
  await page.evaluate(() => localStorage.setItem('mark', 'own page'))
  await page.goto(`http://127.0.0.1:${port}/host`)
  const framed = page.frameLocator('iframe').locator('p')
  expect(await framed.evaluate(() => localStorage.getItem('mark'))).toBeNull()

  await page.goto(`http://localhost:${port}/host`)
  expect(await framed.evaluate(() => localStorage.getItem('mark'))).toBe('own page')
})
