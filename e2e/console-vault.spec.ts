// What an admin does about keys, refusing providers and many accounts at once.
import type { Browser, Page } from '@playwright/test'
import { instance } from '../scripts/testing/instance.ts'
import { asSuperuser, signIn } from './support/console.ts'
import { look } from './support/look.ts'
import { connectedAccount, expect, test } from './support/test.ts'

const slow = { timeout: 30_000 }

// The practice provider must not go on refusing what other specs ask of it.
test.afterEach(({ sandbox }) => sandbox.reset())

/** A second browser of the same admin, which runs no script. */
async function withoutScripts(browser: Browser, page: Page): Promise<Page> {
  const storageState = await page.context().storageState()
  const context = await browser.newContext({
    storageState,
    javaScriptEnabled: false,
    baseURL: instance().publicUrl,
  })
  return context.newPage()
}

test("an organization's key is rotated after a question, and the page follows by itself", async ({
  page,
  api,
}) => {
  const org = 'e2e-keys'
  const { id } = await connectedAccount(page, api, { org })
  await signIn(page, 'keys@behalf.test')
  await page.goto(`/console/${org}/keys`)
  const versions = page.getByRole('region', { name: 'Key versions' })
  await expect(versions.getByRole('row', { name: /Data key, version 1/ })).toContainText('In use')
  await page.getByRole('button', { name: "Rotate this organization's key" }).click()
  const question = page.getByRole('dialog')
  await expect(question).toContainText('sealed anew')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await expect(question).toBeHidden()
  await expect(page.getByRole('progressbar')).toHaveCount(0)

  await page.getByRole('button', { name: "Rotate this organization's key" }).click()
  await question.getByRole('button', { name: 'Rotate now' }).click()
  await expect(page.getByRole('progressbar', { name: 'Rotation to version 2' })).toBeVisible()
  await expect(versions.getByRole('row', { name: /Data key, version 1/ })).toContainText('Retired')
  // Nothing is reloaded here.
  await expect(page.getByText(/^(\d+) of \1 sealed values? sealed anew/)).toBeVisible(slow)
  await expect(page.getByText('Nothing is sealed under an old version.')).toBeVisible()
  const called = await api.post('/tools/execute', {
    connected_account_id: id,
    tool_name: 'sandbox.list_tasks',
  })
  expect(called.status).toBe(200)
  const { body } = await api.get(`/audit_events?org_id=${org}&action=key.rotation_started`)
  expect(body.data).toMatchObject([{ actor: { type: 'member' }, ip: expect.any(String) }])
})

test("keys are rotated and re-wrapped without scripts, and an organization's admin has no part in the deployment's", async ({
  page,
  browser,
  api,
}) => {
  const org = 'e2e-keys-plain'
  await api.put(`/orgs/${org}`, { name: 'Plain' })
  await signIn(page, 'keys-plain@behalf.test')
  const plain = await withoutScripts(browser, page)
  await plain.goto('/console/~/keys')
  await plain.getByRole('button', { name: 'Re-wrap under the present master key' }).click()
  await plain.getByRole('dialog').getByRole('button', { name: 'Re-wrap now' }).click()
  const past = plain.getByRole('region', { name: 'Past rotations' })
  await expect(past.getByRole('row', { name: /Re-wrap .* Done/ }).first()).toBeVisible(slow)
  await plain.goto(`/console/${org}/keys`)
  await plain.getByRole('button', { name: "Rotate this organization's key" }).click()
  await plain.getByRole('dialog').getByRole('button', { name: 'Rotate now' }).click()
  await expect(plain.getByRole('progressbar', { name: 'Rotation to version 2' })).toBeVisible()
  await plain.context().close()

  const other = await browser.newContext({ baseURL: instance().publicUrl })
  const tenant = await other.newPage()
  await signIn(tenant, 'it@plain.test', org)
  expect(tenant.url()).toMatch(/\/console\/e2e-keys-plain$/)
  await expect(tenant.getByRole('link', { name: 'Organizations' })).toHaveCount(0)
  await tenant.goto(`/console/${org}/keys`)
  await expect(tenant.getByRole('heading', { name: 'Versions' })).toBeVisible()
  await expect(tenant.getByText('master key')).toHaveCount(0)
  for (const path of ['~/keys', '~/incidents', '~/revocations', '~/audit', 'e2e-keys/keys']) {
    await tenant.goto(`/console/${path}`)
    await expect(tenant.getByRole('heading', { name: 'Not found' })).toBeVisible()
  }
  await other.close()
})

test('a provider that refuses all alike is seen on the first page, and disconnects nobody until an admin says so', async ({
  page,
  api,
  sandbox,
}) => {
  const org = 'e2e-wave'
  const ids: string[] = []
  for (let count = 0; count < 6; count++) ids.push((await connectedAccount(page, api, { org })).id)
  await sandbox.faults({ token_error: { status: 400, body: { error: 'invalid_grant' }, share: 1 } })
  // Accounts of earlier specs are renewed meanwhile, and a wave is a share of all renewals of the last minutes.
  await asSuperuser('DELETE FROM refresh_outcomes', [])
  await asSuperuser(
    `UPDATE credentials SET access_expires_at = now() - interval '1 minute', refresh_due_at = now() + interval '1 day'
     WHERE org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [org],
  )
  for (const id of ids)
    await api.post('/tools/execute', { connected_account_id: id, tool_name: 'sandbox.list_tasks' })

  await signIn(page, 'wave@behalf.test')
  await expect(page.getByText(/too many renewals refused alike/)).toBeVisible()
  await page.goto(`/console/${org}/accounts`)
  await expect(page.getByText(/6 accounts are held/)).toBeVisible()
  await expect(page.getByRole('cell', { name: 'Active' })).toHaveCount(6)
  await page.goto(`/console/${org}/accounts/${ids[0]}`)
  await expect(page.getByText('Renewals are held')).toBeVisible()
  await page.goto(`/console/${org}/incidents`)
  await expect(page.getByText(/6 accounts of this organization are held/)).toBeVisible()
  await expect(page.getByRole('button', { name: /disconnected/ })).toHaveCount(0)

  await page.goto('/console')
  await page.getByRole('link', { name: 'Look at it' }).click()
  await expect(page.getByRole('heading', { name: /refuses too many renewals alike/ })).toBeVisible()
  await page.getByRole('button', { name: /^These refusals are right/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect what is refused' }).click()
  const past = page.getByRole('region', { name: 'Past incidents' })
  await expect(past.getByRole('row', { name: /invalid_grant/ }).first()).toContainText('Confirmed')
  await page.goto('/console/~/audit?action=provider_incident.resolved')
  await expect(page.getByText(/confirmed that sandbox refuses renewals rightly/).first()).toBeVisible()

  await asSuperuser(
    `UPDATE credentials SET hold_until = now() - interval '1 second' WHERE org_id = (SELECT id FROM organizations WHERE external_id = $1)`,
    [org],
  )
  await api.post('/tools/execute', { connected_account_id: ids[0], tool_name: 'sandbox.list_tasks' })
  expect((await api.get(`/connected_accounts/${ids[0]}`)).body).toMatchObject({ status: 'needs_reauth' })
})

test("an organization's admin ends one user's accounts, then all with a second person who types the organization's id too, and reads what providers said", async ({
  page,
  browser,
  api,
}) => {
  const org = 'e2e-mass'
  const first = await connectedAccount(page, api, { org })
  const second = await connectedAccount(page, api, { org, at: { person: 'Ben Okafor' } })
  const context = await browser.newContext({ baseURL: instance().publicUrl })
  const admin = await context.newPage()
  await signIn(admin, 'it@mass.test', org)
  await admin.getByRole('link', { name: 'Revocations', exact: true }).click()
  await admin.getByRole('link', { name: 'Revoke many accounts' }).click()
  await admin.getByLabel('User').fill(first.user)
  await admin.getByRole('button', { name: 'Continue' }).click()
  await expect(admin.getByText('1 account is stopped at once')).toBeVisible()
  expect((await api.get(`/connected_accounts/${first.id}`)).body).toMatchObject({ status: 'active' })
  await admin.getByLabel('Reason').fill('left the company')
  await admin.getByRole('button', { name: 'Stop these accounts now' }).click()
  await admin.waitForURL(/\/revocations\/rev_/)
  const accounts = admin.getByRole('region', { name: 'Accounts' })
  await expect(accounts.getByRole('row', { name: first.user })).toContainText('Confirmed', slow)
  await expect(admin.getByRole('heading', { level: 1 })).toContainText('Done', slow)
  expect((await api.get(`/connected_accounts/${second.id}`)).body).toMatchObject({ status: 'active' })

  // A filter that nobody knows is refused, and not passed over: more would end than was meant.
  await admin.goto(`/console/${org}/revocations/new?step=confirm&connectr=sandbox`)
  await expect(admin.getByRole('alert').filter({ hasText: 'connectr' })).toBeVisible()
  await expect(admin.getByLabel('Reason')).toHaveCount(0)
  // Everything takes two people.
  await admin.goto(`/console/${org}/revocations/new`)
  await admin.getByRole('button', { name: 'Continue' }).click()
  await expect(admin.getByText('Nothing is revoked by asking')).toBeVisible()
  await admin.getByLabel('Reason').fill('contract ended')
  await admin.getByRole('checkbox', { name: 'Stop everything now, revoke when approved' }).check()
  await admin.getByLabel(/to confirm/).fill('e2e-wave')
  // The same without the browser's own check.
  await admin.getByLabel(/to confirm/).evaluate((field) => field.removeAttribute('pattern'))
  await admin.getByRole('button', { name: 'Ask for approval' }).click()
  await expect(admin.getByText(`Type ${org} to confirm.`)).toBeVisible()
  await admin.getByLabel(/to confirm/).fill(org)
  await admin.getByRole('button', { name: 'Ask for approval' }).click()
  await admin.waitForURL(/\/revocations\/requests\/rvr_/)
  await expect(admin.getByRole('button', { name: /^Approve/ })).toHaveCount(0)
  await look(admin, 'a request, as who asked')
  expect((await api.get(`/connected_accounts/${second.id}`)).body).toMatchObject({ status: 'active' })
  const call = { connected_account_id: second.id, tool_name: 'sandbox.list_tasks', params: {} }
  expect((await api.post('/tools/execute', call)).body).toMatchObject({ code: 'account_paused' })

  const others = await browser.newContext({ baseURL: instance().publicUrl })
  const approver = await others.newPage()
  await signIn(approver, 'ciso@mass.test', org)
  await approver.goto(`/console/${org}`)
  await approver.getByRole('link', { name: /revocation waits for a second person/ }).click()
  await approver.getByRole('region', { name: 'Asked for', exact: true }).getByRole('link').click()
  await expect(approver.getByText('contract ended')).toBeVisible()
  await look(approver, 'a request, as who approves')
  await approver.getByLabel(/to confirm/).fill(org)
  await approver.getByRole('button', { name: 'Approve and revoke now' }).click()
  await approver.waitForURL(/\/revocations\/rev_/)
  await expect(approver.getByText('Asked for by it@mass.test, approved by ciso@mass.test')).toBeVisible()
  expect((await api.get(`/connected_accounts/${second.id}`)).body).toMatchObject({
    status: 'revoked',
    status_reason: 'contract ended',
  })
  await others.close()
  await admin.goto(`/console/${org}/revocations`)
  await expect(admin.getByRole('region', { name: 'Revocations', exact: true }).getByRole('row')).toHaveCount(
    3,
  )
  await expect(admin.getByRole('region', { name: 'Asked for', exact: true })).toContainText('Approved')
  await context.close()
})
