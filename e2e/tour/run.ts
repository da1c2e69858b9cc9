// `npm run tour`: starts an instance of its own, fills it as an organization is after some weeks, and takes a picture of every
// page of the console and of the portal's main states, light, dark and at 320 px, for people to look at: docs/tour/all/.
// The few that docs/tour.md shows are copied beside it. A page that is added joins by itself (e2e/support/console-map.ts).
// What it prints is for whoever runs it.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import sharp from 'sharp'
import { buildIfStale } from '../../scripts/build.ts'
import { root } from '../../scripts/install.mjs'
import { instance, prepareInstance } from '../../scripts/testing/instance.ts'

const folder = join(root, 'docs/tour')
const pagesFolder = join(root, 'app/(console)/console/[org]')

const looks = [
  { name: 'light', colorScheme: 'light', width: 1280 },
  { name: 'dark', colorScheme: 'dark', width: 1280 },
  { name: '320', colorScheme: 'light', width: 320 },
] as const

/** What docs/tour.md shows, by the name of the picture. */
const chosen = [
  'console-overview-light',
  'console-agents-one-light',
  'console-audit-dark',
  'portal-scope-choice-light',
]

/** The portal's states that a person meets on the way to a connection and after it, as the gallery has them. */
const portal = [
  'invited',
  'catalogue-framed',
  'scope-choice',
  'scope-upgrade',
  'resource-picker',
  'waiting-approval',
  'success',
  'partial-grant',
  'declined',
  'provider-down',
  'link-expired',
  'receipt',
  'mine',
  'mine-account',
  'doorway',
  'authorize-sign-in',
  'authorize',
]

/** Whoever works on a few pages takes those alone. */
const only = new RegExp(process.env.TOUR ?? '')

const started: ChildProcess[] = []

/** Names of the pages that there are pictures of. */
const taken: string[] = []

async function start(env: Record<string, string>, publicUrl: string): Promise<void> {
  const server = spawn(process.execPath, ['scripts/serve.ts'], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  started.push(server)
  const ready = async () => (await fetch(`${publicUrl}/readyz`).catch(() => null))?.ok === true
  for (let tries = 0; !(await ready()); tries += 1) {
    if (server.exitCode !== null || tries > 300) throw new Error('the instance did not start')
    // Between two looks at whether it is ready: nobody tells.
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

async function stop(): Promise<void> {
  await Promise.all(
    started.map((child) => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      return child.kill('SIGTERM') && child.exitCode === null ? ended : undefined
    }),
  )
}

/** Where each page is, with the id of something that its list leads to; `null` where the list is empty. */
async function addressOf(page: Page, base: string, name: string): Promise<string | null> {
  const [list, ...more] = name.split('/[id]')
  if (more.length === 0) return `${base}${name && `/${name}`}`
  // What has no list of its own stands in the one above: `revocations/requests`.
  await page.goto(`${base}/${list?.split('/')[0]}`)
  const links = await page.locator('main a').evaluateAll((all) => all.map((one) => one.getAttribute('href')))
  const found = links.find((href) => new RegExp(`/${list}/[\\w-]{35,36}$`).test(href ?? ''))
  return found === undefined || found === null ? null : `${found}${more.join('')}`
}

async function shoot(page: Page, name: string): Promise<void> {
  taken.push(name)
  for (const look of looks) {
    await page.emulateMedia({ colorScheme: look.colorScheme })
    await page.setViewportSize({ width: look.width, height: 800 })
    await page.screenshot({
      path: join(folder, 'all', `${name}-${look.name}.png`),
      fullPage: true,
      animations: 'disabled',
    })
  }
}

/** Pictures of the console as whoever the page is signed in as; what is missing is said. */
async function shootConsole(
  page: Page,
  base: string,
  prefix: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const picture = `${prefix}-${name === '' ? 'overview' : name.replaceAll('/', '-').replaceAll(/-?\[id\]/g, '-one')}`
    if (!only.test(picture)) continue
    await page.setViewportSize({ width: 1280, height: 800 })
    const address = await addressOf(page, base, name)
    if (address === null) {
      console.log(`nothing to open at ${name}`)
      continue
    }
    const answer = await page.goto(address)
    if (answer?.status() !== 200) console.log(`${address} answered ${answer?.status()}`)
    await shoot(page, picture)
  }
}

/** What a page shows without scrolling, in few colours: small enough for a page of the documentation. */
async function keep(name: string): Promise<void> {
  const from = join(folder, 'all', `${name}.png`)
  if (!existsSync(from)) return
  const { width, height } = await sharp(from).metadata()
  const { size } = await sharp(from)
    .extract({ left: 0, top: 0, width, height: Math.min(height, 860) })
    .png({ palette: true, compressionLevel: 9 })
    .toFile(join(folder, `${name}.png`))
  if (size > 150 * 1024)
    console.log(`${name}.png has ${Math.ceil(size / 1024)} KB: more than a page should carry`)
}

async function shootPortal(context: BrowserContext, publicUrl: string): Promise<void> {
  const page = await context.newPage()
  await page.goto(`${publicUrl}/gallery`)
  const links = await page
    .locator('main a')
    .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''))
  for (const link of links) {
    const name = link.split('/').at(-1)?.split('?')[0] ?? ''
    if (!portal.includes(name) || !only.test(`portal-${name}`)) continue
    await page.goto(new URL(link, publicUrl).href)
    await shoot(page, `portal-${name}`)
  }
}

const { baseURL, browser: found, env } = await prepareInstance()
let browser: Browser | undefined
try {
  await buildIfStale()
  await start(env, baseURL)
  // They read the instance's own description, which is there only now.
  const { apiWith } = await import('../support/test.ts')
  const { pages } = await import('../support/console-map.ts')
  const { askForRevocation, fill, org } = await import('./acme.ts')
  rmSync(join(folder, 'all'), { recursive: true, force: true })
  mkdirSync(join(folder, 'all'), { recursive: true })
  browser = await chromium.launch({
    executablePath: found.executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
    ...(found.env && { env: { ...(process.env as Record<string, string>), ...found.env } }),
  })
  const context = await browser.newContext({ baseURL, reducedMotion: 'reduce', locale: 'en-GB' })
  const page = await context.newPage()
  const { signIn } = await fill(page, apiWith(instance().rootKey))
  await page.goto('/console/sign-in')
  await shoot(page, 'console-sign-in')
  await page.goto(signIn)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(new RegExp(`/console/${org}`))
  await page.waitForLoadState()
  await askForRevocation(page)
  const shown = Object.keys(pages).filter((name) => existsSync(join(pagesFolder, name, 'page.tsx')))
  await shootConsole(page, `/console/${org}`, 'console', shown)
  await shootPortal(context, baseURL)
  for (const name of chosen) await keep(name)
  const shots = (name: string) =>
    looks.map(
      (look) => `<img loading="lazy" width="${look.width / 3}" src="${name}-${look.name}.png" alt="">`,
    )
  writeFileSync(
    join(folder, 'all', 'index.html'),
    `<!doctype html><meta charset="utf-8"><title>Tour</title>${taken.map((name) => `<h2>${name}</h2>${shots(name).join('')}`).join('')}`,
  )
  console.log(`pictures in ${join(folder, 'all')}`)
} finally {
  await browser?.close()
  await stop()
}
