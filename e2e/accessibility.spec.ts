// Every page of the console, in both schemes: no finding of WCAG 2.2 AA that a machine can make, and no sideways scroll.
import type { Page } from '@playwright/test'
import { deploymentOrgId } from '#lib/ids'
import { asSuperuser, signIn } from './support/console.ts'
import { look, narrow } from './support/look.ts'
import { type Api, connectedAccount, expect, test } from './support/test.ts'

const org = 'e2e-axe-console'
let prepared: Promise<{ account: string; revocation: string }> | undefined

/** What the console's pages show: an account with a consent, one that was revoked with others, an open incident. */
async function prepareConsole(page: Page, api: Api) {
  const { id } = await connectedAccount(page, api, { org })
  const { user } = await connectedAccount(page, api, { org, at: { person: 'Ben Okafor' } })
  const { body } = await api.post('/revocations', { org_id: org, user_id: user, reason: 'left the company' })
  await asSuperuser(
    `INSERT INTO provider_incidents (org_id, id, auth_config_id, connector, error_code, resolution, resolved_at)
     SELECT c.org_id, gen_random_uuid(), c.id, c.connector, e.code, e.resolution, CASE WHEN e.resolution IS NOT NULL THEN now() END
     FROM auth_configs c, (VALUES ('made_up_open', NULL), ('made_up_past', 'recovered')) AS e (code, resolution)
     WHERE c.org_id = $1 AND c.connector = 'sandbox' ON CONFLICT DO NOTHING`,
    [deploymentOrgId],
  )
  const [revocation] = body.data as { id: string }[]
  return { account: id, revocation: revocation?.id ?? '' }
}

type Made = Awaited<ReturnType<typeof prepareConsole>>

/** The console's pages, and what is opened on them. */
const consolePages: Record<string, (page: Page, made: Made) => Promise<void>> = {
  organizations: async (page) => {
    await page.goto('/console')
    await expect(page.getByText(/too many renewals refused alike/)).toBeVisible()
  },
  accounts: async (page) => {
    await page.goto(`/console/${org}/accounts`)
    await expect(page.getByRole('heading', { name: 'Connected accounts' })).toBeVisible()
  },
  account: async (page, { account }) => {
    await page.goto(`/console/${org}/accounts/${account}`)
    await expect(page.getByRole('heading', { name: 'Credential' })).toBeVisible()
  },
  keys: async (page) => {
    await page.goto(`/console/${org}/keys`)
    await expect(page.getByRole('heading', { name: 'Versions' })).toBeVisible()
  },
  'keys, asked before rotating': async (page) => {
    await page.goto(`/console/${org}/keys`)
    await page.getByRole('button', { name: "Rotate this organization's key" }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
  },
  "the deployment's keys": async (page) => {
    await page.goto('/console/~/keys?wrapped=show')
    await expect(page.getByRole('heading', { name: 'Versions' })).toBeVisible()
  },
  incidents: async (page) => {
    await page.goto('/console/~/incidents')
    await expect(page.getByRole('heading', { name: /refuses too many renewals alike/ })).toBeVisible()
    await expect(page.getByRole('region', { name: 'Past incidents' })).toBeVisible()
  },
  'incidents, asked before disconnecting': async (page) => {
    await page.goto('/console/~/incidents')
    await page.getByRole('button', { name: /^These refusals are right/ }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
  },
  revocations: async (page) => {
    await page.goto(`/console/${org}/revocations`)
    await expect(page.getByText('left the company')).toBeVisible()
  },
  'revocation report': async (page, { revocation }) => {
    await page.goto(`/console/${org}/revocations/${revocation}`)
    await expect(page.getByRole('region', { name: 'Accounts' })).toBeVisible()
  },
  'new revocation': async (page) => {
    await page.goto(`/console/${org}/revocations/new`)
    await expect(page.getByRole('button', { name: 'Continue' })).toBeVisible()
  },
  'new revocation, asked for its reason': async (page) => {
    await page.goto(`/console/${org}/revocations/new?step=confirm`)
    await expect(page.getByLabel('Reason')).toBeVisible()
  },
  audit: async (page) => {
    await page.goto(`/console/${org}/audit`)
    await expect(page.getByRole('heading', { name: 'Audit' })).toBeVisible()
  },
}

let cookies: Promise<Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>> | undefined

/** Signs in once for all pages of the console. */
async function signedIn(page: Page) {
  await signIn(page, 'axe@behalf.test')
  return page.context().storageState()
}

for (const [name, visit] of Object.entries(consolePages)) {
  test(`console, ${name}: no accessibility finding, light or dark, and nothing to scroll sideways at 320 px`, async ({
    browser,
    page: first,
    api,
  }) => {
    cookies ??= signedIn(first)
    const storageState = await cookies
    prepared ??= prepareConsole(first, api)
    const made = await prepared
    const context = await browser.newContext({ ...narrow(), storageState })
    const page = await context.newPage()
    await visit(page, made)
    await look(page)
    await context.close()
  })
}

test.afterAll(() => asSuperuser("DELETE FROM provider_incidents WHERE error_code LIKE 'made_up_%'"))
