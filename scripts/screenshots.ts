// `node scripts/screenshots.ts`: takes the pictures of the README from the running instance that the environment
// describes, which must have the practice provider on. Its organization and users are made for the pictures.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { generateIfStale } from './generate.ts'
import { root } from './install.mjs'
import { findChromium } from './testing/chromium.ts'

const folder = join(root, 'docs/images')
const org = { id: 'meadow', name: 'Meadow' }
const people = ['Ana Souza', 'Ben Okafor', 'Cleo Martin'] as const
const scopes = ['tasks:read', 'projects:read', 'tasks:write']

process.env.LOG_LEVEL ||= 'silent'
await generateIfStale()
const { runCommand } = await import('./commands/index.ts')

/** @returns the last line that a command of the operator printed */
async function behalf(...words: string[]): Promise<string> {
  const lines: string[] = []
  const terminal = { env: process.env, print: (line: string) => lines.push(line) }
  const code = await runCommand(words, terminal, (line) => console.error(line))
  if (code !== 0) throw new Error(`behalf ${words.join(' ')} ended with ${code}`)
  return lines.at(-1) ?? ''
}

const key = await behalf('keys', 'create', '--name', 'Screenshots')
const signInLink = await behalf('sign-in-link', '--email', 'screenshots@localhost')

/** What the product's backend would call. */
async function call(method: 'POST' | 'PUT', path: string, body: object): Promise<Record<string, string>> {
  const answer = await fetch(new URL(`/api/v1/${path}`, signInLink), {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

type Size = { width: number; height: number }
const phone: Size = { width: 440, height: 1080 }
const desk: Size = { width: 1200, height: 560 }

const contextOf = (browser: Browser, viewport: Size, colorScheme: 'light' | 'dark' = 'light') =>
  browser.newContext({ viewport, colorScheme, deviceScaleFactor: 2, reducedMotion: 'reduce' })

const shoot = (page: Page, name: string) => page.screenshot({ path: join(folder, `${name}.png`) })

async function invite(person: string): Promise<{ id: string; url: string; user: string }> {
  const [first = ''] = person.toLowerCase().split(' ')
  const session = await call('POST', 'connect_sessions', {
    org_id: org.id,
    user_id: first,
    user: { name: person, email: `${first}@meadow.example` },
    connectors: ['sandbox'],
    scopes: { sandbox: scopes },
    purpose: 'Turn meeting notes into tasks and keep their due dates up to date.',
  })
  return { id: session.id ?? '', url: session.url ?? '', user: first }
}

async function consent(browser: Browser, colorScheme: 'light' | 'dark'): Promise<void> {
  const context = await contextOf(browser, phone, colorScheme)
  const page = await context.newPage()
  await page.goto((await invite(people[0])).url)
  await page.getByRole('heading', { level: 1, name: /^Let / }).waitFor()
  await shoot(page, `consent-${colorScheme}`)
  await context.close()
}

/** Connects a person's account and runs a tool, so that the console has something to show. */
async function connect(context: BrowserContext, person: string): Promise<void> {
  const page = await context.newPage()
  const { id, url, user } = await invite(person)
  await page.goto(url)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('button', { name: person }).click()
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
  const session = await call('POST', `connect_sessions/${id}/confirm`, {
    user_id: user,
    confirmation_code: code,
  })
  const account = session.connected_account_id
  await call('POST', 'tools/execute', { connected_account_id: account, tool_name: 'sandbox.list_tasks' })
  await page.close()
}

async function consolePages(browser: Browser): Promise<void> {
  const context = await contextOf(browser, desk)
  for (const person of people) await connect(context, person)
  const page = await context.newPage()
  await page.goto(signInLink)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/console$/)
  await page.goto(new URL(`/console/${org.id}/accounts`, signInLink).href)
  await page.getByRole('heading', { name: 'Connected accounts' }).waitFor()
  await shoot(page, 'console')
  await context.close()
}

await call('PUT', `orgs/${org.id}`, { name: org.name })
mkdirSync(folder, { recursive: true })
const { executablePath, env } = await findChromium()
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
  ...(env && { env: { ...(process.env as Record<string, string>), ...env } }),
})
try {
  await consent(browser, 'light')
  await consent(browser, 'dark')
  await consolePages(browser)
  console.log(`pictures in ${folder}`)
} finally {
  await browser.close()
}
