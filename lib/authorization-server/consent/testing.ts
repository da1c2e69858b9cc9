import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { translator } from '#lib/i18n'
import { startWorker } from '#lib/jobs'
import type { Tenant } from '#lib/proof'
import { type MailServer, startMailServer } from '../../../scripts/testing/mail-server.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { answer, answerInteraction, type Chosen, readInteraction } from '../index.ts'

// What the tests of signing in and of consent stand on: clients that register, browsers that they send here, and people.

export let practice: Practice
export let superuser: Superuser
export let inbox: MailServer
let worker: Awaited<ReturnType<typeof startWorker>>
export let base = ''
export const t = translator('en')

/** Call it once in a test file. */
export function prepareConsent(): void {
  beforeAll(async () => {
    inbox = await startMailServer()
    process.env.BEHALF_SMTP_URL = inbox.url
    process.env.BEHALF_MAIL_FROM = 'Behalf <no-reply@behalf.test>'
    superuser = await useSuperuser()
    practice = await startPractice()
    const { jobs } = await import('#runtime')
    const { config } = await import('#lib/config')
    base = config().publicUrl
    worker = await startWorker(jobs, '')
  })
  afterAll(async () => {
    await worker.stop()
    await practice.stop()
    await inbox.stop()
  })
  beforeEach(() => practice.reset())
}

/** A browser: what it has been given, it sends again. */
export function newBrowser() {
  const jar = new Map<string, string>()
  const headers = () =>
    new Headers({ cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') })
  const go = async (url: string): Promise<{ to: string }> => {
    const response = await answer(new Request(new URL(url, base), { headers: headers() }), {
      from: null,
      certificate: null,
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return { to: response.headers.get('location') ?? `${response.status} ${await response.text()}` }
  }
  return { headers, go }
}
type Browser = ReturnType<typeof newBrowser>

export const verifier = 'v'.repeat(64)
export const redirectUri = 'http://127.0.0.1:51999/callback'

export async function post(path: string, body: BodyInit, type: string) {
  const response = await answer(
    new Request(new URL(path, base), { method: 'POST', headers: { 'content-type': type }, body }),
    { from: null, certificate: null },
  )
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

export async function register(name = 'Claude'): Promise<string> {
  const made = await post(
    '/oauth/register',
    JSON.stringify({ client_name: name, redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }),
    'application/json',
  )
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body.client_id ?? ''
}

export const uidOf = (to: string): string => /\/oauth\/interaction\/([\w-]+)/.exec(to)?.[1] ?? to

/** A client sends a person here. @returns what their browser is in */
export async function asked(
  browser: Browser,
  clientId: string,
  resource: string,
  scope = 'tools:read tools:write',
) {
  const url = new URL('/oauth/authorize', base)
  url.search = new URLSearchParams({
    ...{
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      state: 'st',
      resource,
      scope,
    },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const { to } = await browser.go(url.href)
  return readInteraction({ headers: browser.headers() }, uidOf(to))
}

export async function goOn(browser: Browser, decision: Parameters<typeof answerInteraction>[1]) {
  const { headers } = await answerInteraction({ headers: browser.headers() }, decision)
  return browser.go(headers.get('location') ?? '')
}

export const orgAt = (org: string) => `${base}/mcp/orgs/${org}`
export const account = (user: { tenant: Tenant; userId: string }) => ({
  orgId: user.tenant.orgId,
  userId: user.userId,
})

/** An org with a product that vouches, and a user with an address and one account. */
export async function known(org: string, user: string, email: string) {
  await practice.session({ org_id: org, user_id: user, user: { email, name: 'Ana' } })
  const tenant = await practice.tenant(org)
  await superuser.tamper(
    `UPDATE organizations SET origins = '{https://app.acme.test}',
       settings = '{"sign_in_url": "https://app.acme.test/vouch"}' WHERE id = $1`,
    [tenant.orgId],
  )
  const [row] = await superuser.sql<{ id: string }>(
    'SELECT id FROM end_users WHERE org_id = $1 AND external_id = $2',
    [tenant.orgId, user],
  )
  return { tenant, userId: row?.id ?? '' }
}

/** Signed in, and asked. @returns the screen and the way to agree to it */
export async function atConsent(browser: Browser, clientId: string, user: Awaited<ReturnType<typeof known>>) {
  const { authorize } = await import('#runtime')
  await asked(browser, clientId, orgAt(user.tenant.externalId))
  const { to } = await goOn(browser, { kind: 'signed_in', account: account(user), authTime: new Date() })
  const interaction = await readInteraction({ headers: browser.headers() }, uidOf(to))
  expect(interaction.prompt).toBe('consent')
  const screen = await authorize.screen(interaction, account(user), t)
  const allow = (chosen: Partial<Chosen> = {}) =>
    authorize.allow(
      interaction,
      account(user),
      {
        hash: screen.hash,
        duration: 'once',
        accounts: screen.view.accounts.map(({ id }) => ({ id, mode: 'all' as const, tools: [] })),
        ...chosen,
      },
      t,
      origin,
    )
  return { interaction, screen, allow }
}

export const grantsOf = (tenant: Tenant) =>
  superuser.sql<Record<string, unknown>>('SELECT * FROM agent_grants WHERE org_id = $1 ORDER BY id', [
    tenant.orgId,
  ])
