// An incident from the first look to the evidence, by keyboard alone: an agent that does what none should is found, looked
// at, stopped, the stop is proven, the accounts that it used are revoked, and what it did is taken along and verified
// offline. At each step the focus is seen, and no step is many keys away (docs/console.md, "In an incident").
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { root } from '../scripts/install.mjs'
import { instance } from '../scripts/testing/instance.ts'
import { agentToken } from '../sdk/token.ts'
import { signInLink } from './support/console.ts'
import { type Api, apiWith, connectedAccount, expect, freshUser, plantCanary, test } from './support/test.ts'

const org = 'e2e-drill'
const people = 2
const deletions = 12

/** An agent with a secret, and the API as it calls it. */
async function newAgent(api: Api, name: string): Promise<{ id: string; call: () => Promise<Api> }> {
  const made = await api.post('/agents', { org_id: org, name, owner: 'maria@drill.test', team: 'Support' })
  const id = String(made.body.id)
  const { body } = await api.post(`/agents/${id}/credentials`, { kind: 'client_secret', name: 'production' })
  const secret = String(body.secret)
  plantCanary('agent secret of the drill', secret, true)
  const token = agentToken({ baseUrl: instance().publicUrl, clientId: id, credential: secret })
  return { id, call: async () => apiWith(await token()) }
}

type Focused = { name: string; seen: boolean }

/** What has the focus, and whether a person sees that it has: it is within the window, with a ring or a caret. */
const focused = (page: Page): Promise<Focused | null> =>
  page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement) || element === document.body) return null
    const { top, bottom, width, height } = element.getBoundingClientRect()
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
    const ring = (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
    const label =
      (element instanceof HTMLInputElement && element.labels?.[0]?.textContent) ||
      element.getAttribute('aria-label') ||
      element.textContent ||
      ''
    return {
      name: label.trim().replace(/\s+/g, ' '),
      seen: ring && width > 0 && height > 0 && bottom > 0 && top < window.innerHeight,
    }
  })

/** Keys that were pressed to get from one thing to the next, for the longest way to be known. */
const ways: [to: string, keys: number][] = []

/** Goes on with Tab until something of this name has the focus, which is seen all the way. */
async function tabTo(page: Page, name: RegExp, most = 15): Promise<void> {
  for (let keys = 1; keys <= most; keys += 1) {
    await page.keyboard.press('Tab')
    const now = await focused(page)
    expect(now?.seen, `the focus is seen on the way to ${name}, at "${now?.name}"`).toBe(true)
    if (now && name.test(now.name)) {
      ways.push([String(name), keys])
      return
    }
  }
  throw new Error(`${name} is more than ${most} keys away; the focus is at "${(await focused(page))?.name}"`)
}

/** Opens what has the focus, and waits for the page that it leads to: its content has the focus then. */
async function open(page: Page, heading: RegExp): Promise<void> {
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible()
  await expect(page.locator('main')).toBeFocused()
}

test('an incident, by keyboard alone: found, looked at, stopped, proven, revoked, and taken along as evidence', async ({
  page,
  api,
}, info) => {
  test.setTimeout(120_000)
  await page.setViewportSize({ width: 1280, height: 800 })
  await api.put(`/orgs/${org}`, { name: 'Drill' })
  const [mira, quiet] = [await newAgent(api, 'Mira'), await newAgent(api, 'Quiet')]
  const accounts: { id: string; user: string }[] = []
  for (let at = 0; at < people; at += 1)
    accounts.push(
      await connectedAccount(page, api, {
        org,
        user: freshUser(),
        agents: [mira.id],
        scopes: ['tasks:read', 'tasks:write', 'tasks:delete'],
      }),
    )
  const spared = await connectedAccount(page, api, { org, agents: [quiet.id] })
  const asMira = await mira.call()
  const read = (account: string) =>
    asMira.post('/tools/execute', {
      connected_account_id: account,
      tool_name: 'sandbox.list_tasks',
      params: {},
    })
  const first = await read(accounts[0]?.id ?? '')
  expect(first.status, JSON.stringify(first.body)).toBe(200)
  for (let at = 0; at < deletions; at += 1)
    await asMira.post('/tools/execute', {
      connected_account_id: accounts[at % people]?.id,
      tool_name: 'sandbox.delete_task',
      params: { task_id: `task_${at}` },
    })

  // Found: the overview names it, one key after the skip link.
  await page.goto(await signInLink('drill@drill.test', org))
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeEnabled()
  await tabTo(page, /^Sign in$/)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'What needs attention' })).toBeVisible()
  await tabTo(page, /^Skip to content$/, 3)
  await page.keyboard.press('Enter')
  await tabTo(page, /of Mira in 24 hours/, 3)
  await open(page, /^Mira/)

  // Looked at: its calls, one of them whole, and back by the link to who acted.
  await tabTo(page, /^\d+ made$/)
  await open(page, /^Activity$/)
  await expect(page.locator('tbody tr')).toHaveCount(1 + deletions)
  await page.keyboard.press('j')
  expect(await focused(page)).toMatchObject({ name: 'sandbox.delete_task', seen: true })
  await open(page, /^sandbox.delete_task/)
  await tabTo(page, /^Mira$/, 5)
  await open(page, /^Mira/)

  // Stopped: by Enter in the field that asks why.
  await tabTo(page, /^Stop$/, 5)
  await open(page, /^Stop calls/)
  await tabTo(page, /^Reason/, 5)
  await page.keyboard.type('Deletes what nobody asked it to')
  await open(page, /^Agent Mira/)
  await expect(page.getByText('None yet: nobody tried')).toBeVisible()

  // Proven: its next call is refused, and the page says so without being asked again.
  expect(await read(accounts[0]?.id ?? '')).toMatchObject({ status: 409, body: { code: 'account_paused' } })
  await expect(page.locator('dd').getByRole('link', { name: '1', exact: true })).toBeVisible()

  // Revoked: every account that it used, chosen and ended by keys; nobody else's.
  await tabTo(page, /^Accounts that it may use or used$/, 10)
  await open(page, /^Connected accounts$/)
  await expect(page.locator('tbody tr')).toHaveCount(people)
  await page.keyboard.press('X')
  await expect(page.getByText(`${people} selected`)).toBeVisible()
  await page.keyboard.press('b')
  expect(await focused(page)).toMatchObject({ name: 'Pause', seen: true })
  await tabTo(page, /^Revoke$/, 1)
  await open(page, /^Revoke many accounts$/)
  await expect(page.getByText(`${people} accounts are`)).toBeVisible()
  await tabTo(page, /^Reason/, 10)
  await page.keyboard.type('Used by Mira')
  await page.keyboard.press('Enter')
  await page.waitForURL(/revocations\/rev_/)
  await expect(page.locator('main')).toBeFocused()
  await tabTo(page, /^Try a call now$/)
  await page.keyboard.press('Enter')
  await expect(page.getByText('Refused, as it should be')).toBeVisible()
  for (const { id } of accounts) {
    const account = await api.get(`/connected_accounts/${id}`)
    expect(account.body).toMatchObject({ status: 'revoked' })
  }
  expect((await api.get(`/connected_accounts/${spared.id}`)).body).toMatchObject({ status: 'active' })

  // Taken along: from the agent's page, found by its id from wherever one is, and verified where nothing of ours is.
  await page.keyboard.press('Control+k')
  await page.keyboard.type(mira.id)
  await open(page, /^Mira/)
  await tabTo(page, /^Evidence of 30 days/, 20)
  const started = page.waitForEvent('download')
  await page.keyboard.press('Enter')
  const file = info.outputPath('evidence.json')
  await (await started).saveAs(file)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'scripts/behalf.ts'), 'verify-audit', file],
    // Offline: no database, no keys.
    { env: { PATH: process.env.PATH, NODE_ENV: 'production', LOG_LEVEL: 'silent' } },
  )
  // All that it did, and the call that was refused; what a filter leaves out no file can prove.
  expect(stdout).toContain(`${1 + deletions + 1} events of ${org}`)
  expect(stdout).toContain('none was changed')
  info.annotations.push({ type: 'keys', description: ways.map(([to, keys]) => `${to}: ${keys}`).join(', ') })
})
