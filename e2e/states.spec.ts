// Every state of the portal as the gallery shows it: no finding of WCAG 2.2 AA that a machine can make, nothing to
// scroll sideways at 320 px, nothing too small to hit; and, with PICTURES=on, a picture of each for people to look at.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { axeFindings, ofColours } from './support/axe.ts'
import { expect, test } from './support/test.ts'

const folder = join('test-results', 'portal')

type Written = { locale: string; dir: 'ltr' | 'rtl' }
/** As narrow as must do. */
const narrowPx = 320

/** The smallest side of what is to be hit, in CSS pixels (WCAG 2.2, 2.5.8). */
const targetPx = 24

/** The names of all states, as the gallery lists them. */
async function stateNames(page: Page): Promise<string[]> {
  await page.goto('/gallery')
  const links = await page.getByRole('listitem').getByRole('link').all()
  const paths = await Promise.all(links.map((link) => link.getAttribute('href')))
  const names = paths.map((path) => path?.split('/').at(-1) ?? '')
  // Whoever works on a few of them looks at those alone.
  const { STATES: only } = process.env
  return only === undefined ? names : names.filter((name) => new RegExp(only).test(name))
}

const narrowPage = async (browser: Browser, more: Parameters<Browser['newContext']>[0] = {}) =>
  (
    await browser.newContext({
      viewport: { width: narrowPx, height: 640 },
      reducedMotion: 'reduce',
      baseURL: instance().publicUrl,
      ...more,
    })
  ).newPage()

const address = (name: string, written: Written) => `/gallery/${name}?${new URLSearchParams(written)}`

/** What is too small to hit or sticks out, a line each; empty is right. */
async function misfits(page: Page): Promise<string[]> {
  const measured = await page.evaluate((least) => {
    const small = [...document.querySelectorAll('a, button, input, select, summary, textarea')].flatMap(
      (element) => {
        const boxes = [element, ...((element as HTMLInputElement).labels ?? [])].map((each) =>
          each.getBoundingClientRect(),
        )
        const width = Math.max(...boxes.map((box) => box.width))
        const height = Math.max(...boxes.map((box) => box.height))
        // What has no box is not there; a link inside a sentence is as high as its line.
        if (width === 0 || height === 0 || element.closest('p') !== null) return []
        return width < least || height < least
          ? [`${element.outerHTML.slice(0, 120)}: ${width}×${height}`]
          : []
      },
    )
    return { small, scroll: document.documentElement.scrollWidth }
  }, targetPx)
  return [
    ...measured.small.map((each) => `too small: ${each}`),
    ...(measured.scroll > narrowPx ? [`scrolls sideways: ${measured.scroll}`] : []),
  ]
}

/** What is read on a link or button and is not in its name. */
const misnamed = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('a[aria-label], button[aria-label]')].flatMap((element) => {
      const read = element.innerText.trim().toLowerCase()
      const name = element.ariaLabel?.toLowerCase() ?? ''
      return name.includes(read) ? [] : [`named "${name}", read "${read}"`]
    }),
  )

async function shoot(page: Page, variant: string, name: string): Promise<void> {
  if (process.env.PICTURES !== 'on') return
  const place = join(folder, variant)
  mkdirSync(place, { recursive: true })
  await page.screenshot({ path: join(place, `${name}.png`), fullPage: true, animations: 'disabled' })
}

// Some hundred pages and pictures in one test, on a machine that may be busy.
test.describe.configure({ timeout: 900_000 })

/** Opens every state, as `written`, one after the other. */
async function* everyState(page: Page, written: Written) {
  for (const name of await stateNames(page)) {
    const answer = await page.goto(address(name, written))
    expect(answer?.status(), name).toBe(200)
    const html = page.locator('html')
    await expect(html).toHaveAttribute('dir', written.dir)
    await expect(html).toHaveAttribute('lang', written.locale)
    yield name
  }
}

test('every state, light and dark: no accessibility finding, nothing too small, nothing to scroll sideways at 320 px', async ({
  browser,
}) => {
  const page = await narrowPage(browser)
  const found: Record<string, string[]> = {}
  for await (const name of everyState(page, { locale: 'en', dir: 'ltr' })) {
    const wrong = await misfits(page)
    for (const scheme of ['light', 'dark']) {
      await page
        .locator('html')
        .evaluate((element, wanted) => element.setAttribute('data-scheme', wanted), scheme)
      wrong.push(...(await axeFindings(page, scheme === 'dark' ? ofColours : undefined)))
      await shoot(page, `${narrowPx}-${scheme}-ltr`, name)
    }
    if (wrong.length > 0) found[name] = wrong
  }
  expect(found).toEqual({})
  await page.context().close()
})

// Colours and structure are the same whichever way the words run: what can go wrong is what has no room, and a name
// that says something else than what is read on the button (WCAG 2.5.3), which a translator can break.
test('every state from right to left: nothing too small, nothing to scroll sideways at 320 px, every name says what is read', async ({
  browser,
}) => {
  const page = await narrowPage(browser)
  const found: Record<string, string[]> = {}
  for await (const name of everyState(page, { locale: 'ar', dir: 'rtl' })) {
    const wrong = [...(await misfits(page)), ...(await misnamed(page))]
    if (wrong.length > 0) found[name] = wrong
    await shoot(page, `${narrowPx}-light-rtl`, name)
  }
  expect(found).toEqual({})
  await page.context().close()
})

test('every state holds words that are a third longer, and has one heading', async ({ browser }) => {
  const page = await narrowPage(browser)
  const found: Record<string, string> = {}
  for (const name of await stateNames(page)) {
    await page.goto(address(name, { locale: 'en-XA', dir: 'ltr' }))
    const scroll = await page.evaluate(() => document.documentElement.scrollWidth)
    if (scroll > narrowPx) found[name] = `scrolls sideways: ${scroll}`
    // A state that is on its way has none yet.
    const headings = await page.getByRole('heading', { level: 1 }).count()
    if (headings !== 1 && name !== 'loading') found[name] = `${headings} headings`
    await shoot(page, `${narrowPx}-pseudo`, name)
  }
  expect(found).toEqual({})
  await page.context().close()
})

test('a scheme that is asked for is kept, whatever the device prefers', async ({ browser }) => {
  const page = await narrowPage(browser, { colorScheme: 'light' })
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await page.goto('/gallery/success')
  const light = await background()
  await page.goto('/gallery/success?scheme=dark')
  expect(await background()).not.toBe(light)
  await page.context().close()
})

test('nothing of a state is lost where the browser paints in its own few colours, or at double size', async ({
  browser,
}) => {
  const page = await narrowPage(browser, { forcedColors: 'active', viewport: { width: 640, height: 800 } })
  for (const name of ['catalogue', 'success', 'connector-detail', 'link-expired']) {
    await page.goto(`/gallery/${name}`)
    // Doubled text in a window of 640 px is the layout of 320 px (WCAG 1.4.4, 1.4.10).
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%'
    })
    const scroll = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(scroll, name).toBeLessThanOrEqual(0)
    await shoot(page, 'forced-colors', name)
  }
  await page.context().close()
})

test('the gallery says nothing of a state that does not exist, and asks who wants to see an organization', async ({
  page,
}) => {
  expect((await page.goto('/gallery/made-up'))?.status()).toBe(404)
  expect((await page.goto('/gallery/catalogue?org=e2e-axe'))?.status()).toBe(404)
  const framed = await page.goto('/gallery/catalogue')
  expect(framed?.headers()['content-security-policy']).toContain("frame-ancestors 'self'")
})

test('an address that is broken, or cut off on its way, is answered in words and never by a fault', async ({
  page,
}) => {
  for (const path of [
    '/c/%E0%A4%A',
    '/c/bhf_hl_cut',
    '/connect/%C3%28',
    '/connect/cs_1/done',
    '/connect/cs_1/%',
  ]) {
    const answer = await page.goto(path)
    expect(answer?.status(), path).toBeLessThan(500)
    await expect(page.getByRole('heading', { level: 1 }), path).toBeVisible()
  }
  await page.goto('/c/bhf_hl_cut')
  await expect(page.getByRole('heading', { name: 'This link is incomplete' })).toBeVisible()
})
