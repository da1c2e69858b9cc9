// New connections and calls of one connector are ended and let go on again from the console's page.
import { signIn } from './support/console.ts'
import { look } from './support/look.ts'
import { connectedAccount, expect, test } from './support/test.ts'

const org = 'e2e-connectors'

test('a client is disabled and enabled, and what is connected through it goes on; its calls are stopped by a link', async ({
  page,
  api,
}) => {
  const account = await connectedAccount(page, api, { org })
  const made = await api.post('/auth_configs', {
    ...{ org_id: org, connector: 'github', name: 'Acme at GitHub', client_id: 'x', client_secret: 'y' },
  })
  const state = async () => (await api.get(`/auth_configs/${made.body.id}`)).body.disabled
  await signIn(page, 'connectors@behalf.test', org)
  await page.goto(`/console/${org}/connectors`)
  const github = page.getByRole('row', { name: /GitHub/ })
  await expect(github).toContainText('Ready')
  await look(page, 'connectors')
  await github.getByRole('button', { name: 'Disable Acme at GitHub' }).click()
  const question = page.getByRole('dialog')
  await expect(question).toContainText('With no other client, GitHub is not offered.')
  await expect(question).toContainText('Accounts that are connected go on')
  await question.getByRole('button', { name: 'Cancel' }).click()
  expect(await state()).toBe(false)
  await github.getByRole('button', { name: 'Disable Acme at GitHub' }).click()
  await question.getByRole('button', { name: 'Disable', exact: true }).click()
  await expect(github).toContainText('Disabled')
  expect(await state()).toBe(true)
  await github.getByRole('button', { name: 'Enable Acme at GitHub' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Enable', exact: true }).click()
  await expect(github).toContainText('Ready')
  expect(await state()).toBe(false)

  const tasks = page.getByRole('row', { name: /Acme Tasks/ }).first()
  await tasks.getByRole('link', { name: /^Stop calls at/ }).click()
  await page.getByLabel('Reason').fill('An incident there')
  await page.getByRole('button', { name: 'Stop now' }).click()
  await page.waitForURL(/\/stops\/stp_/)
  const call = { connected_account_id: account.id, tool_name: 'sandbox.list_tasks', params: {} }
  expect((await api.post('/tools/execute', call)).body).toMatchObject({ code: 'account_paused' })
  await page.goto(`/console/${org}/connectors`)
  await tasks.getByRole('link', { name: /^Stopped/ }).click()
  await page.waitForURL(/\/stops\/stp_/)

  await api.post('/stops', { org_id: org, subject: { type: 'org' }, reason: 'All of it' })
  await page.goto(`/console/${org}/connectors`)
  await expect(github.getByRole('link', { name: /^Stopped/ })).toBeVisible()
})
