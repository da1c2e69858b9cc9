// What the specs share: an API client as a host's backend has one, a control of the practice provider, and a record
// of every answer that the product gives, for the canary at the end of the run.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import type { Faults } from '../../sandbox/faults.ts'
import type { State } from '../../sandbox/rig.ts'
import { instance } from '../../scripts/testing/instance.ts'

export { expect }

/** Where the bodies of all answers are kept while the run lasts. */
export const bodiesFile = (): string => join(instance().dataDir, '..', 'bodies.log')

const canariesFile = (): string => join(instance().dataDir, '..', 'canaries.log')

/**
 * Names a secret that a spec put into the product, for the canary at the end of the run to look for.
 * @param told whether the product made it and told it once: then it is in an answer, and nowhere else
 */
export const plantCanary = (name: string, secret: string, told = false): void =>
  appendFileSync(canariesFile(), `${JSON.stringify([name, secret, told])}\n`)

/** What was planted in this run. */
export const plantedCanaries = (): [name: string, secret: string, told: boolean][] =>
  existsSync(canariesFile())
    ? readFileSync(canariesFile(), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : []

const keep = (text: string) => appendFileSync(bodiesFile(), `${text}\n`)

type Answer = {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown>
}

export type Api = ReturnType<typeof apiWith>

/** Calls the API with a secret key. Answers of any status are returned. */
export function apiWith(key: string) {
  const call = async (
    method: string,
    path: string,
    data?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(
      new URL(path.startsWith('/api/') ? path : `/api/v1${path}`, instance().publicUrl),
      {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(data !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(data !== undefined && { body: JSON.stringify(data) }),
      },
    )
    const text = await response.text()
    // The token of a session is meant for its creator and not among the canaries.
    keep(text)
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : { text },
    }
  }
  return {
    get: (path: string) => call('GET', path),
    post: (path: string, data: unknown = {}, headers?: Record<string, string>) =>
      call('POST', path, data, headers),
    put: (path: string, data: unknown) => call('PUT', path, data),
    delete: (path: string) => call('DELETE', path),
    call,
  }
}

/** The practice provider's control port. */
export function sandboxControl() {
  const { sandboxUrl, sandboxControlKey } = instance()
  const call = async (method: string, path: string, data?: object) => {
    const response = await fetch(`${sandboxUrl}/_control${path}`, {
      method,
      headers: { 'x-sandbox-control': sandboxControlKey, 'content-type': 'application/json' },
      ...(data && { body: JSON.stringify(data) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`sandbox control ${path}: ${response.status}`)
    return text === '' ? null : JSON.parse(text)
  }
  return {
    state: (): Promise<State> => call('GET', '/state'),
    faults: (faults: Partial<Faults>) => call('POST', '/faults', faults),
    reset: () => call('POST', '/reset', {}),
  }
}

export const test = base.extend<{
  api: Api
  sandbox: ReturnType<typeof sandboxControl>
  recorder: undefined
}>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's dependencies from here
  api: async ({}, use) => use(apiWith(instance().rootKey)),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  sandbox: async ({}, use) => {
    const control = sandboxControl()
    await control.reset()
    await use(control)
  },
  recorder: [
    async ({ context }, use) => {
      const { publicUrl, demoUrl } = instance()
      const ours = [publicUrl, new URL(demoUrl).origin, publicUrl.replace('localhost', '127.0.0.1')]
      context.on('response', (response) => {
        if (!ours.includes(new URL(response.url()).origin)) return
        // A redirect has no body, and a closed page has lost its own.
        response.text().then(keep, () => undefined)
      })
      await use(undefined)
    },
    { auto: true },
  ],
})

export type Session = { id: string; token: string; url: string; hosted_url: string }

let users = 0
/** A user id that no other test uses. */
export const freshUser = (): string => `user-${process.pid}-${Date.now()}-${users++}`

/** Invites a user, as the host's backend does. */
export async function invite(api: Api, input: Record<string, unknown>): Promise<Session> {
  const { status, body } = await api.post('/connect_sessions', { connectors: ['sandbox'], ...input })
  expect(status, JSON.stringify(body)).toBe(201)
  return body as Session
}

type AtProvider = { person?: string; untick?: readonly string[]; deny?: boolean }

/** Signs in at the practice provider and decides there. */
export async function decideAtSandbox(
  page: Page,
  { person = 'Ana Souza', untick = [], deny = false }: AtProvider = {},
) {
  await expect(page.getByRole('heading', { name: 'Sign in to Acme Tasks' })).toBeVisible()
  await page.getByRole('button', { name: person }).click()
  await expect(page.getByRole('heading', { name: 'Allow access' })).toBeVisible()
  for (const scope of untick) await page.getByRole('checkbox', { name: scope }).uncheck()
  await page.getByRole('button', { name: deny ? 'Deny' : 'Allow', exact: true }).click()
}

/** From the link to the last page, in one tab, for a session without a return URL. @returns the code to hand back */
export async function finishInTab(page: Page, session: Session, at: AtProvider = {}): Promise<string> {
  await page.goto(session.url)
  await expect(page.getByRole('heading', { level: 1, name: /^Let / })).toBeVisible()
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page, at)
  await page.waitForURL(/\/done$/)
  return (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
}

export const confirmSession = (api: Api, session: Session, user: string, code: string) =>
  api.post(`/connect_sessions/${session.id}/confirm`, { user_id: user, confirmation_code: code })

/** A connected account of a new user. */
export async function connectedAccount(
  page: Page,
  api: Api,
  facts: {
    org: string
    user?: string
    scopes?: readonly string[]
    at?: AtProvider
    agents?: readonly string[]
  },
): Promise<{ id: string; user: string }> {
  const user = facts.user ?? freshUser()
  const scopes = facts.scopes ?? ['tasks:read', 'tasks:write', 'projects:read']
  const session = await invite(api, {
    org_id: facts.org,
    user_id: user,
    scopes: { sandbox: scopes },
    agents: facts.agents ?? [],
  })
  const code = await finishInTab(page, session, facts.at)
  const { status, body } = await confirmSession(api, session, user, code)
  expect(status, JSON.stringify(body)).toBe(200)
  return { id: String(body.connected_account_id), user }
}
