// The consent screen by hand of a person: what it says is what the receipt keeps, and what is chosen is what holds.
import { createHash } from 'node:crypto'
import type { Page } from '@playwright/test'
import {
  type Api,
  confirmSession,
  decideAtSandbox,
  expect,
  freshUser,
  invite,
  type Session,
  test,
} from './support/test.ts'

const org = 'e2e-consent'
const sandboxAll = ['tasks:read', 'projects:read', 'tasks:write', 'tasks:delete']

const opened = async (page: Page, session: Session) => {
  await page.goto(session.url)
  await expect(page.getByRole('button', { name: 'Approve' })).toBeVisible()
}

/** From the provider back to the last page, and the host's word. @returns the account with its last consent */
async function finish(page: Page, api: Api, session: Session, user: string) {
  await page.waitForURL(/\/done$/)
  const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
  const { status, body } = await confirmSession(api, session, user, code)
  expect(status, JSON.stringify(body)).toBe(200)
  const id = String(body.connected_account_id)
  return { id, last: await lastConsent(api, id) }
}

type Consent = {
  id: string
  scopes: string[]
  scopes_refused: string[]
  locale: string
  consent_text: string
  consent_hash: string
  consented_at: string
  expires_at: string | null
  resources: Record<string, { id: string; label: string }[]> | null
}

async function lastConsent(api: Api, account: string): Promise<Consent> {
  const { body } = await api.get(`/connected_accounts/${account}/connections`)
  const consents = body.data as Consent[]
  const last = consents.at(-1)
  if (!last) throw new Error('no consent')
  return last
}

const execute = (api: Api, account: string, tool: string, params: object = {}) =>
  api.post('/tools/execute', { connected_account_id: account, tool_name: tool, params })

/** All that a person can read on the page, whatever is folded away. */
const wordsOn = (page: Page) =>
  page.evaluate(() => (document.querySelector('main')?.textContent ?? '').replace(/\s+/g, ' '))

test('a person ticks, tries, chooses 7 days, and exactly that holds and is kept', async ({ page, api }) => {
  const user = freshUser()
  const session = await invite(api, { org_id: org, user_id: user, purpose: 'Keep your tasks in order' })
  await opened(page, session)
  await expect(page.locator('input[type=checkbox]:checked')).toHaveCount(0)

  const create = page.getByRole('listitem').filter({ hasText: 'Send the invoice' })
  await expect(create.getByText('Blocked', { exact: true })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Create and change your tasks' }).check()
  await expect(create.getByText('Allowed', { exact: true })).toBeVisible()
  await expect(create.getByText('Blocked', { exact: true })).toBeHidden()
  await page.getByRole('checkbox', { name: 'Create and change your tasks' }).uncheck()
  await expect(create.getByText('Blocked', { exact: true })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Read your projects' }).check()

  const shown = await wordsOn(page)
  const hash = await page.locator('input[name=hash]').getAttribute('value')
  await page.getByRole('radio', { name: '7 days' }).check()
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page)
  const { id, last } = await finish(page, api, session, user)

  expect(last.scopes).toEqual(['tasks:read', 'projects:read'])
  expect(last.scopes_refused).toEqual(['tasks:write', 'tasks:delete'])
  expect(last.consent_hash).toBe(hash)
  expect(createHash('sha256').update(last.consent_text).digest('hex')).toBe(hash)
  for (const part of last.consent_text.split('\n').flatMap((line) => line.split(' · '))) {
    expect(shown).toContain(part.replace(/\s+/g, ' '))
  }
  expect(Date.parse(String(last.expires_at)) - Date.parse(last.consented_at)).toBe(7 * 86_400_000)
  const account = await api.get(`/connected_accounts/${id}`)
  expect(account.body.connection).toMatchObject({ expires_at: last.expires_at })
  expect((await execute(api, id, 'sandbox.list_tasks')).status).toBe(200)
  expect((await execute(api, id, 'sandbox.create_task', { title: 'no' })).status).toBe(403)
})

test('a person picks one project without any script, and an agent reaches that one alone', async ({
  browser,
  api,
  sandbox,
}) => {
  const user = freshUser()
  const session = await invite(api, { org_id: org, user_id: user, scopes: { sandbox: sandboxAll } })
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(session.hosted_url)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('radio', { name: 'Only the projects that I pick' }).check()
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page)
  await expect(page.getByRole('heading', { level: 1, name: /^Choose what/ })).toBeVisible()

  // Nothing can be confirmed before the choice is made, and nothing picked is no choice.
  expect((await api.get(`/connect_sessions/${session.id}`)).body.status).toBe('authorizing')
  await page.getByRole('button', { name: 'Allow only these' }).click()
  await expect(page.getByRole('alert')).toHaveText('Tick at least one, or decline.')

  await page.getByRole('checkbox', { name: 'Team offsite' }).check()
  await page.getByRole('searchbox', { name: 'Search by name' }).fill('oper')
  await page.getByRole('button', { name: 'Search' }).click()
  await expect(page.getByText('1 picked')).toBeVisible()
  await expect(page.getByRole('checkbox', { name: 'Team offsite' })).toBeChecked()
  await expect(page.getByRole('checkbox', { name: 'Operations' })).not.toBeChecked()
  await page.getByRole('button', { name: 'Allow only these' }).click()
  const { id, last } = await finish(page, api, session, user)
  await context.close()

  expect(last.resources).toEqual({ project: [{ id: 'prj_ana_2', label: 'Team offsite' }] })
  expect(last.consent_text).toMatch(/Only these · Projects · Team offsite$/)
  expect(createHash('sha256').update(last.consent_text).digest('hex')).toBe(last.consent_hash)

  const list = await execute(api, id, 'sandbox.list_tasks')
  const tasks = (list.body.output as { tasks: { project_id: string }[] }).tasks
  expect(new Set(tasks.map(({ project_id }) => project_id))).toEqual(new Set(['prj_ana_2']))
  const { body } = await execute(api, id, 'sandbox.list_projects')
  expect(body.output).toEqual({ projects: [{ id: 'prj_ana_2', name: 'Team offsite' }] })
  const before = await sandbox.state()
  const outside = await execute(api, id, 'sandbox.create_task', { title: 'no', project_id: 'prj_ana_1' })
  expect(outside).toMatchObject({
    status: 403,
    body: { code: 'insufficient_scope', connect_url: expect.stringContaining('/c/') },
  })
  expect((await sandbox.state()).api).toEqual(before.api)
  const inside = await execute(api, id, 'sandbox.create_task', { title: 'yes', project_id: 'prj_ana_2' })
  expect(inside.status).toBe(200)
})

test('asking again shows only what is new, what stays and what goes', async ({ page, api }) => {
  const user = freshUser()
  const first = await invite(api, {
    org_id: org,
    user_id: user,
    scopes: { sandbox: ['tasks:read', 'projects:read'] },
    purpose: 'Plan the week',
  })
  await opened(page, first)
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page)
  const { id } = await finish(page, api, first, user)

  const more = await invite(api, {
    org_id: org,
    user_id: user,
    connected_account_id: id,
    scopes: { sandbox: ['tasks:read', 'tasks:write'] },
    purpose: 'Plan the month',
  })
  await opened(page, more)
  const changes = page.locator('section').filter({ has: page.getByRole('heading', { name: 'What changes' }) })
  await expect(changes.getByText('Create and change your tasks')).toBeVisible()
  await expect(changes.getByText('Read your projects')).toBeVisible()
  await expect(changes.getByText('Read your tasks', { exact: true })).toBeHidden()
  await expect(changes.locator('del')).toContainText(['week'])
  await expect(changes.locator('ins')).toContainText(['month'])
  await changes.getByText('1 permission stays as it is').click()
  await expect(changes.getByText('Read your tasks', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Approve' }).click()
  await decideAtSandbox(page)
  const { last } = await finish(page, api, more, user)
  expect(last.scopes).toEqual(['tasks:read', 'tasks:write'])
})

test('in German the words are German, and their hash is of what was shown', async ({ page, api }) => {
  const user = freshUser()
  const session = await invite(api, { org_id: org, user_id: user, locale: 'de' })
  await page.goto(session.url)
  await expect(page.getByRole('checkbox', { name: 'Aufgaben löschen' })).toBeVisible()
  const shown = await wordsOn(page)
  const hash = await page.locator('input[name=hash]').getAttribute('value')
  await page.locator('button[type=submit]').first().click()
  await decideAtSandbox(page)
  await page.waitForURL(/\/done$/)
  const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
  const { body } = await confirmSession(api, session, user, code)
  const last = await lastConsent(api, String(body.connected_account_id))
  expect(last.locale).toBe('de')
  expect(createHash('sha256').update(last.consent_text).digest('hex')).toBe(hash)
  expect(last.consent_text).toContain('Ihre Aufgaben lesen')
  for (const part of last.consent_text.split('\n').flatMap((line) => line.split(' · ')))
    expect(shown).toContain(part.replace(/\s+/g, ' '))
})

test('a form that was tampered with is refused, and nothing begins', async ({ page, api }) => {
  const session = await invite(api, { org_id: org, user_id: freshUser() })
  await opened(page, session)
  const good = await page.evaluate(() =>
    Object.fromEntries(new FormData(document.querySelector('form') ?? undefined) as never),
  )
  const changes: Record<string, string>[] = [
    { scopes: 'tasks:admin' },
    { duration: '36500' },
    { duration: '-1' },
    { 'reach.project': 'none' },
    { 'reach.secret': 'some' },
    { user_id: 'u_other' },
    { connector: 'github' },
    { hash: 'a'.repeat(64) },
  ]
  for (const change of changes) {
    const status = await page.evaluate(
      async ({ url, fields }) => {
        const answer = await fetch(url, {
          method: 'POST',
          body: new URLSearchParams(fields),
          redirect: 'manual',
        })
        return answer.status
      },
      { url: `/connect/${session.id}/approve`, fields: { ...good, ...change } as Record<string, string> },
    )
    expect([404, 409, 422, 503], JSON.stringify(change)).toContain(status)
  }
  expect((await api.get(`/connect_sessions/${session.id}`)).body.status).toBe('open')
})
