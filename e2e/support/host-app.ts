// The example of the docs as a running host product, on an origin of its own: another site than the portal's.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { FrameLocator, Page } from '@playwright/test'
import { root } from '../../scripts/install.mjs'
import { freePort } from '../../scripts/postgres.ts'
import { instance } from '../../scripts/testing/instance.ts'
import { test as base, expect as baseExpect, decideAtSandbox } from './test.ts'

/** Two origins, a provider and their windows take longer than one page. */
export const expect = baseExpect.configure({ timeout: 20_000 })

export type HostApp = { url: string; org: string; stop: () => Promise<void> }

let started = 0

/** @param coop what its pages say in `Cross-Origin-Opener-Policy` */
export async function startHostApp(coop?: string): Promise<HostApp> {
  const port = (await freePort(0)) ?? 0
  const org = `e2e-host-${process.pid}-${started++}`
  const child: ChildProcess = spawn(process.execPath, [join(root, 'docs/examples/host-app/server.ts')], {
    env: {
      ...process.env,
      BEHALF_URL: instance().publicUrl,
      BEHALF_KEY: instance().rootKey,
      PORT: String(port),
      ORG: org,
      COOP: coop ?? '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((done, failed) => {
    child.stdout?.once('data', () => done())
    child.once('exit', (code) => failed(new Error(`the host app ended with ${code}`)))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    org,
    stop: async () => {
      const ended = new Promise((done) => child.once('exit', done))
      child.kill()
      await ended
    },
  }
}

/** A host app per worker, and its page with Ana signed in, which notes every message that it is sent. */
export const test = base.extend<{ host: Host }, { app: HostApp }>({
  app: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's dependencies from here
    async ({}, use) => {
      const app = await startHostApp()
      await use(app)
      await app.stop()
    },
    { scope: 'worker' },
  ],
  host: async ({ page, app }, use) => use(await signedIn(page, app.url)),
})

export type Host = Awaited<ReturnType<typeof signedIn>>

export type Mode = 'popup' | 'by redirect' | 'in this page'

export async function signedIn(page: Page, url: string) {
  await page.addInitScript(() => {
    const heard: unknown[] = []
    Object.assign(window, { heard })
    window.addEventListener('message', ({ data }) => heard.push(data))
  })
  await page.goto(url)
  await page.getByRole('button', { name: 'Sign in as Ana' }).click()
  await expect(page.getByRole('status')).toHaveText('Signed in.')
  const button = (mode: Mode) =>
    page.getByRole('button', { name: mode === 'popup' ? 'Connect in a popup' : `Connect ${mode}` })
  return {
    page,
    url,
    said: page.locator('#said'),
    frame: page.frameLocator('iframe'),
    /** Clicks, and waits for the window that opens in the click. */
    async popup(): Promise<Page> {
      const opened = page.waitForEvent('popup')
      await button('popup').click()
      return opened
    },
    start: (mode: Mode) => button(mode).click(),
    events: async (): Promise<Record<string, unknown>[]> =>
      (await page.locator('#events li').allTextContents()).map((text) => JSON.parse(text)),
    /** Whatever any window said to the page. */
    heard: (): Promise<unknown[]> => page.evaluate(() => (window as never as { heard: unknown[] }).heard),
  }
}

/** From the consent screen to the end of the window or tab, deciding at the provider. */
export async function approve(window: Page, decide: Parameters<typeof decideAtSandbox>[1] = {}) {
  await expect(window.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await window.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(window, decide)
}

/** Opens the window of a frame: the one connector that the session offers. */
export async function chooseIn(page: Page, frame: FrameLocator): Promise<Page> {
  const opened = page.waitForEvent('popup')
  await frame.getByRole('button', { name: /^(Connect|Reconnect) Acme Tasks/ }).click()
  return opened
}
