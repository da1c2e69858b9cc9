// `npm run bench -- --only=portal`: what the portal costs a page that embeds it, and a person on a slow phone, against
// the measures of CONNECT.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Frame, type Page } from '@playwright/test'
import { root, step } from '../scripts/install.mjs'
import { findChromium } from '../scripts/testing/chromium.ts'
import { median } from './figures.ts'
import { type Portal, startPortal } from './portal-instance.ts'
import { slowPhone, throttle, vitalsOf } from './portal-vitals.ts'
import type { Programs } from './programs.ts'

/** One measure: the median of its rounds against its bar; `null` for what has none. */
type Line = { name: string; value: number; bar: number | null; unit: string }

const gzipped = (bytes: Buffer | string): number => gzipSync(bytes, { level: 9 }).length

/** @returns whether every bar was met */
export async function benchPortal(
  programs: Programs,
  folder: string,
  ports: number[],
  rounds: number,
  json: string | undefined,
): Promise<boolean> {
  const portal = await step('Starting an instance with the practice provider', () =>
    startPortal(programs, folder, ports),
  )
  const { executablePath, env } = await findChromium()
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-sync',
  ]
  const browser = await chromium.launch({
    executablePath,
    args,
    env: { ...(process.env as Record<string, string>), ...env },
  })
  try {
    const lines = [
      ...(await step('Sizes', () => sizes(browser, portal))),
      ...(await step('Without script', () => withoutScript(browser, portal))),
      ...(await step(`Vitals, ${rounds} rounds`, () => vitals(browser, portal, rounds))),
    ]
    return report(lines, rounds, json)
  } finally {
    await browser.close()
    await portal.stop()
  }
}

/** The scripts that a page loads by itself, by their names, gzipped as they would be sent. */
async function scriptsOf(browser: Browser, url: string): Promise<Map<string, number>> {
  const page = await browser.newPage()
  const found = new Map<string, Promise<number>>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (!pathname.endsWith('.js')) return
    found.set(
      pathname,
      response.body().then(gzipped, () => 0),
    )
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  await page.close()
  return new Map(await Promise.all([...found].map(async ([name, size]) => [name, await size] as const)))
}

/** What every page of this build loads, whatever is on it: Next's own, and the root layout's. */
function emptyPage(): Set<string> {
  const manifest = JSON.parse(readFileSync(join(root, '.next/build-manifest.json'), 'utf8')) as {
    rootMainFiles: string[]
    polyfillFiles: string[]
  }
  return new Set([...manifest.rootMainFiles, ...manifest.polyfillFiles].map((file) => `/_next/${file}`))
}

const sum = (sizes: Iterable<number>): number => [...sizes].reduce((all, each) => all + each, 0)

async function sizes(browser: Browser, portal: Portal): Promise<Line[]> {
  const loader = gzipped(readFileSync(join(root, 'public/embed.js')))
  // Framed, it stays on its first page; on its own it goes on at once.
  const page = await browser.newPage()
  await page.goto(portal.hostUrl)
  const { url } = await portal.invite()
  const scripts = new Map<string, Promise<number>>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.startsWith('/_next/') && pathname.endsWith('.js')) {
      scripts.set(
        pathname,
        response.body().then(gzipped, () => 0),
      )
    }
  })
  await openFrame(page, url)
  const first = new Map(
    await Promise.all([...scripts].map(async ([name, size]) => [name, await size] as const)),
  )
  await page.close()
  const bare = emptyPage()
  const plain = await scriptsOf(browser, `${portal.publicUrl}/c/none`)
  const shared = (name: string) => bare.has(name) || plain.has(name)
  const own = [...first].filter(([name]) => !shared(name)).map(([, size]) => size)
  const next = [...first].filter(([name]) => shared(name)).map(([, size]) => size)
  const kb = (bytes: number) => bytes / 1024
  return [
    { name: 'embed.js, gzipped', value: kb(loader), bar: 3, unit: 'KB' },
    {
      name: "portal's first route: own code above an empty page, gzipped",
      value: kb(sum(own)),
      bar: 25,
      unit: 'KB',
    },
    { name: 'an empty page of the same build, gzipped', value: kb(sum(next)), bar: null, unit: 'KB' },
  ]
}

/** A hosted link, from its page to the provider's, in a browser that runs no script at all. */
async function withoutScript(browser: Browser, portal: Portal): Promise<Line[]> {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto((await portal.invite()).hosted_url)
  await page.locator('form button[type=submit]').first().click()
  await page.locator('a[href$="/consent/sandbox"], form[action$="/approve"]').first().waitFor()
  const choose = page.locator('a[href$="/consent/sandbox"]')
  if (await choose.count()) await choose.click()
  await page.locator('form[action$="/approve"] button[type=submit], button[form]').first().waitFor()
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('heading', { name: 'Sign in to Acme Tasks' }).waitFor()
  await context.close()
  return [{ name: 'works before any script has run (1 yes)', value: 1, bar: null, unit: '' }]
}

async function openFrame(page: Page, url: string): Promise<Frame> {
  await page.evaluate((link) => Object.assign(window, { url: link }), url)
  await page.locator('#frame').click()
  await page
    .frameLocator('iframe')
    .getByRole('button', { name: /Acme Tasks/ })
    .first()
    .waitFor()
  const frame = page.frames().find((each) => each.url().includes('/connect/'))
  if (!frame) throw new Error('the frame is gone')
  return frame
}

const quiet = (page: Page) => page.waitForLoadState('networkidle')

async function vitals(browser: Browser, portal: Portal, rounds: number): Promise<Line[]> {
  const taken: Record<string, number[]> = {}
  const take = (name: string, value: number) => {
    taken[name] = [...(taken[name] ?? []), value]
  }
  for (let round = 0; round < rounds; round++) {
    await hosted(browser, portal, take)
    await framed(browser, portal, take)
    await popup(browser, portal, take)
  }
  const bars: readonly [RegExp, number, string][] = [
    [/^LCP/, 1800, 'ms'],
    [/^INP/, 150, 'ms'],
    [/^CLS/, 0.02, ''],
    [/^click/, 100, 'ms'],
  ]
  return Object.entries(taken).map(([name, values]) => {
    const [, bar = null, unit = ''] = bars.find(([pattern]) => pattern.test(name)) ?? []
    return { name, value: median(values), bar, unit }
  })
}

type Take = (name: string, value: number) => void

/** A link in a letter: its page, then the consent screen, where every box and detail is tried. */
async function hosted(browser: Browser, portal: Portal, take: Take): Promise<void> {
  const { context, page } = await slowPhone(browser)
  const { id, hosted_url } = await portal.invite()
  await page.goto(hosted_url)
  await quiet(page)
  const first = await vitalsOf(page)
  take('LCP, hosted link', first.lcpMs)
  take('CLS, hosted link', first.cls)
  await page.locator('form button[type=submit]').first().click()
  await page.waitForURL(/\/(catalogue|consent\/)/)
  await page.goto(`${portal.publicUrl}/connect/${id}/consent/sandbox`)
  await quiet(page)
  const consent = await vitalsOf(page)
  take('LCP, consent', consent.lcpMs)
  for (const box of await page.locator('main input:not([disabled]):visible').all())
    await box.click().catch(() => undefined)
  for (const detail of await page.locator('main summary:visible').all())
    await detail.click().catch(() => undefined)
  const tried = await vitalsOf(page)
  take('INP, consent', tried.inpMs)
  take('CLS, consent', tried.cls)
  await context.close()
}

/** In a host's page: the frame's own vitals, from when it was put there. */
async function framed(browser: Browser, portal: Portal, take: Take): Promise<void> {
  const { context, page } = await slowPhone(browser)
  await page.goto(portal.hostUrl)
  const frame = await openFrame(page, (await portal.invite()).url)
  await quiet(page)
  const loaded = await vitalsOf(frame)
  take('LCP, framed catalogue', loaded.lcpMs)
  const opened = page.waitForEvent('popup')
  await frame
    .getByRole('button', { name: /Acme Tasks/ })
    .first()
    .click()
  await opened
  const chosen = await vitalsOf(frame)
  take('INP, framed catalogue', chosen.inpMs)
  take('CLS, framed catalogue', chosen.cls)
  take('click → window, from the frame', chosen.windowMs)
  await context.close()
}

async function popup(browser: Browser, portal: Portal, take: Take): Promise<void> {
  const { context, page } = await slowPhone(browser)
  context.on('page', (opened) => void throttle(opened).catch(() => undefined))
  await page.goto(portal.hostUrl)
  const { url } = await portal.invite()
  await page.evaluate((link) => Object.assign(window, { url: link }), url)
  const opened = page.waitForEvent('popup')
  await page.locator('#popup').click()
  await opened
  take('click → window, from a page', (await vitalsOf(page)).windowMs)
  await context.close()
}

function report(lines: readonly Line[], rounds: number, json: string | undefined): boolean {
  const digits = (value: number) =>
    value < 1 ? value.toFixed(3) : value < 100 ? value.toFixed(1) : value.toFixed(0)
  const failed = lines.filter(({ value, bar }) => bar !== null && !(value <= bar))
  console.log(`\nMobile profile (processor ÷ 4, slow 4G), medians of ${rounds}\n`)
  for (const { name, value, bar, unit } of lines) {
    const verdict = bar === null ? '' : `  ≤ ${bar} ${unit}`.padEnd(14) + (value <= bar ? 'pass' : 'FAIL')
    console.log(`${name.padEnd(64)}${digits(value).padStart(8)} ${unit.padEnd(3)}${verdict}`)
  }
  console.log(`\n${failed.length === 0 ? 'every bar is met' : `${failed.length} bars are missed`}`)
  if (json)
    writeFileSync(json, `${JSON.stringify({ at: new Date().toISOString(), rounds, lines }, null, 2)}\n`)
  return failed.length === 0
}
