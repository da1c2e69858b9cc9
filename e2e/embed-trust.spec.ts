// The embed contract against pages that mean harm (THREATS.md F1–F3), and against itself: many tabs that wait.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { instance } from '../scripts/testing/instance.ts'
import { asSuperuser } from './support/console.ts'
import { approve, chooseIn, expect, test } from './support/host-app.ts'
import { freshUser, invite } from './support/test.ts'

/** A site that nobody has registered. */
const hostile = test.extend<{ evil: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's dependencies from here
  evil: async ({}, use) => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Evil</title><p>Hello</p>')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  },
})

hostile(
  'F1: no page of the flow is shown in a frame of a site that the session does not name',
  async ({ page, api, app, evil }) => {
    const session = await invite(api, { org_id: app.org, user_id: freshUser(), embed_origins: [app.url] })
    await page.goto(evil)
    const { publicUrl } = instance()
    const at = `${publicUrl}/connect/${session.id}`
    for (const address of [
      session.url,
      `${at}/catalogue`,
      `${at}/consent/sandbox`,
      `${at}/done`,
      session.hosted_url,
      `${publicUrl}/connect/start`,
      `${publicUrl}/console`,
    ]) {
      const refused = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()))
      await page.evaluate((url) => {
        const frame = document.createElement('iframe')
        frame.src = url
        document.body.replaceChildren(frame)
      }, address)
      await refused
      const [framed] = page.frames().filter((frame) => frame !== page.mainFrame())
      expect(framed?.url(), address).toMatch(/^(chrome-error:.*|about:blank|)$/)
    }
  },
)

hostile(
  'F1: the page that a session names is the one that may frame its entry, and consent it may not',
  async ({ host, page }) => {
    await host.start('in this page')
    await expect(host.frame.getByRole('button', { name: /Acme Tasks/ })).toBeVisible()
    const id = /cs_\w+/.exec(page.frames().at(-1)?.url() ?? '')?.[0]
    const refused = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()))
    await page
      .locator('iframe')
      .evaluate(
        (frame, src) => frame.setAttribute('src', src),
        `${instance().publicUrl}/connect/${id}/consent/sandbox`,
      )
    await refused
  },
)

hostile(
  'F2: an opener and a listener of another site record nothing of a whole flow',
  async ({ page, api, app, evil }) => {
    const session = await invite(api, { org_id: app.org, user_id: freshUser(), embed_origins: [app.url] })
    await page.goto(evil)
    const opened = page.waitForEvent('popup')
    await page.evaluate((url) => {
      const heard: unknown[] = []
      Object.assign(window, { heard })
      window.addEventListener('message', ({ data }) => heard.push(data))
      window.open(url, '_blank', 'popup,width=520,height=760')
    }, session.url)
    const popup = await opened
    await approve(popup)
    await popup.waitForURL(/\/done$/)
    expect(await page.evaluate(() => (globalThis as never as { heard: unknown[] }).heard)).toEqual([])
  },
)

hostile(
  'F2: a page that the token leaked to may not follow the session by it',
  async ({ page, api, app, evil }) => {
    const session = await invite(api, { org_id: app.org, user_id: freshUser(), embed_origins: [app.url] })
    await page.goto(evil)
    type Asked = { url: string; method?: string; body?: string; headers?: Record<string, string> }
    const ask = (path: string, how: Omit<Asked, 'url'>) =>
      page.evaluate(
        async ({ url, ...init }: Asked) => {
          const answer = await fetch(url, init)
          return { status: answer.status, body: await answer.json() }
        },
        { url: `${instance().publicUrl}${path}`, ...how },
      )
    const started = await ask('/connect/start/session', {
      method: 'POST',
      body: JSON.stringify({ token: session.token, follow: true }),
    })
    expect(started).toMatchObject({
      status: 403,
      body: { error: { code: 'origin_not_allowed', retryable: false } },
    })
    const headers = { authorization: `Bearer ${session.token}` }
    for (const path of ['status', 'events']) {
      expect(await ask(`/connect/${session.id}/${path}`, { headers })).toMatchObject({ status: 403 })
    }
  },
)

hostile('the loader on a page that the session does not name says so', async ({ host, page, api, app }) => {
  const session = await invite(api, {
    org_id: `${app.org}-other`,
    user_id: freshUser(),
    embed_origins: ['https://app.example.com'],
  })
  const outcome = await page.evaluate(
    (token) =>
      window.Behalf?.createConnect({ fetchSession: async () => ({ token }), mode: 'redirect' }).open(),
    session.token,
  )
  expect(outcome).toMatchObject({
    status: 'error',
    error: {
      code: 'origin_not_allowed',
      displayMessage: expect.stringContaining('This page may not open the link'),
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  })
  expect(page.url()).toBe(`${host.url}/`)
})

hostile('F3: forged messages end nothing and are no events', async ({ host, page, evil }) => {
  await host.start('in this page')
  await expect(host.frame.getByRole('button', { name: /Acme Tasks/ })).toBeVisible()
  const before = (await host.events()).length
  const forged = (nonce: string) => [
    { behalf: nonce, outcome: { status: 'connected', account: { id: 'ca_1', label: 'evil' } } },
    { behalf: nonce, event: { type: 'connection.created', account: null } },
    { behalf: nonce, ask: 'close' },
    { behalf: nonce, height: 9 },
  ]
  // The page's own frame says it, but not with the nonce that only it was given; nor does anybody else.
  for (const nonce of ['', '1', 'undefined']) {
    await page.evaluate((messages) => messages.map((each) => window.postMessage(each, '*')), forged(nonce))
    const portal = page.frames().find((frame) => frame.url().includes('/connect/'))
    await portal?.evaluate(
      (messages) => messages.map((each) => window.parent.postMessage(each, '*')),
      forged(nonce),
    )
  }
  const nonce = await page.evaluate(
    () => (JSON.parse(sessionStorage.getItem('behalf.connect') ?? '{}') as { frame?: string }).frame,
  )
  expect(nonce).toMatch(/^[\d-]{20,}$/)
  // With the nonce, as if it had leaked: another origin and another window are heard as little.
  const opened = page.waitForEvent('popup')
  await page.evaluate((url) => void window.open(url), evil)
  const other = await opened
  await expect.poll(() => other.title()).toBe('Evil')
  await other.evaluate(
    (messages) => messages.map((each) => window.opener.postMessage(each, '*')),
    forged(nonce ?? ''),
  )
  await page.evaluate(
    (messages) => messages.map((each) => window.postMessage(each, '*')),
    forged(nonce ?? ''),
  )
  // A message of the real frame, after all of these, is the next that is heard.
  const popup = await chooseIn(page, host.frame)
  await expect
    .poll(async () => (await host.events())[before])
    .toEqual({
      type: 'connector.selected',
      connector: 'sandbox',
    })
  await expect(host.said).toBeEmpty()
  await expect(page.locator('iframe').first()).toBeVisible()
  await popup.close()
})

hostile(
  'tabs that wait on event streams are each told, and each process has one connection for them all',
  async ({ api, app }) => {
    hostile.setTimeout(120_000)
    const { publicUrl, databaseAdminUrl } = instance()
    const connections = async () => {
      const { Client } = await import('pg')
      const client = new Client({ connectionString: databaseAdminUrl })
      await client.connect()
      const { rows } = await client.query<{ name: string; count: number }>(
        `SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity
       WHERE application_name IN ('behalf', 'behalf notices') GROUP BY 1`,
      )
      await client.end()
      return Object.fromEntries(rows.map(({ name, count }) => [name, count]))
    }
    const leave = new AbortController()
    const told = { first: 0, ended: 0 }
    async function wait(id: string, handle: string): Promise<void> {
      const answer = await fetch(`${publicUrl}/connect/${id}/events`, {
        headers: { authorization: `Bearer ${handle}`, accept: 'text/event-stream' },
        signal: leave.signal,
      })
      let text = ''
      for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        if (text === '') told.first++
        text += part
      }
      if (/"status":"cancelled"/.test(text)) told.ended++
    }
    const sessions: string[] = []
    const waiting: Promise<void>[] = []
    for (let at = 0; at < 10; at++) {
      const session = await invite(api, { org_id: app.org, user_id: `waits-${at}`, embed_origins: [app.url] })
      const started = await fetch(`${publicUrl}/connect/start/session`, {
        method: 'POST',
        body: JSON.stringify({ token: session.token, follow: true }),
      })
      const { handle } = (await started.json()) as { handle: string }
      sessions.push(session.id)
      for (let tab = 0; tab < 4; tab++) waiting.push(wait(session.id, handle))
    }
    await expect.poll(() => told.first, { timeout: 60_000 }).toBe(40)
    const held = await connections()
    // Web server and worker have a pool of at most 20 each.
    expect(held.behalf).toBeLessThanOrEqual(40)
    // One of each process, however many wait.
    expect(held['behalf notices']).toBeGreaterThanOrEqual(1)
    expect(held['behalf notices']).toBeLessThanOrEqual(2)
    await asSuperuser(
      `UPDATE connect_sessions SET status = 'cancelled', finished_at = now() WHERE id = ANY($1::uuid[])`,
      [
        sessions.map((id) =>
          id.replace('cs_', '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
        ),
      ],
    )
    await Promise.all(waiting)
    expect(told.ended).toBe(40)
    leave.abort()
  },
)
