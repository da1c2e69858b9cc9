// A call that a policy asks people about: told to the caller, seen by an administrator as it would be sent, made once.
import type { Page } from '@playwright/test'
import { signIn, signInLink } from './support/console.ts'
import { look } from './support/look.ts'
import { type Api, connectedAccount, expect, test } from './support/test.ts'

const org = 'e2e-approvals'

async function lookNarrow(page: Page) {
  await page.setViewportSize({ width: 320, height: 800 })
  await look(page)
  await page.setViewportSize({ width: 1280, height: 800 })
}

/** Has the org's policy ask people about every write. */
async function asking(api: Api) {
  const source = `@id("all") permit(principal, action, resource);
    @id("ask") @decision("ask") @reason("Somebody reads what is written")
    permit(principal, action in Action::"effect:write", resource);`
  const { body } = await api.post('/policy_versions', { org_id: org, source })
  const { status } = await api.post(`/policy_versions/${body.id}/publish`, {})
  expect(status, JSON.stringify(body)).toBe(200)
}

test('an administrator reads the very call, approves it, and it is made once', async ({ page, api }) => {
  const { id: account } = await connectedAccount(page, api, { org })
  await asking(api)
  const call = {
    connected_account_id: account,
    tool_name: 'sandbox.create_task',
    params: { title: 'Pay the supplier' },
  }
  const asked = await api.post('/tools/execute', call)
  expect(asked).toMatchObject({ status: 202, body: { status: 'pending_approval' } })
  expect((await api.post('/tools/execute', call)).body.approval_id).toBe(asked.body.approval_id)

  await signIn(page, 'approver@behalf.test')
  await page.goto(`/console/${org}/approvals`)
  await expect(page.getByRole('heading', { name: 'Waiting for a decision' })).toBeVisible()
  await lookNarrow(page)
  await page.getByRole('main').getByRole('link').first().click()
  await expect(page.getByText('Pay the supplier')).toBeVisible()
  await expect(page.getByText('Somebody reads what is written')).toBeVisible()
  await lookNarrow(page)
  await page.getByRole('button', { name: 'Approve' }).click()

  const approval = async () => (await api.get(`/approvals/${asked.body.approval_id}`)).body
  await expect.poll(async () => (await approval()).status).toBe('executed')
  expect(await approval()).toMatchObject({ execution_status: 'succeeded' })
  const tasks = await api.post('/tools/execute', { ...call, tool_name: 'sandbox.list_tasks', params: {} })
  const { output } = tasks.body as { output: { tasks: { title: string }[] } }
  expect(output.tasks.filter(({ title }) => title === 'Pay the supplier')).toHaveLength(1)
  await page.goto(`/console/${org}/approvals/${asked.body.approval_id}`)
  await expect(page.getByRole('button', { name: 'Approve' })).toBeHidden()
})

test('who opens an approval before they have signed in comes back to it, and nobody is led elsewhere', async ({
  page,
}) => {
  const wanted = `/console/${org}-nobodys/approvals/ap_1`
  const signInAt = async (address: string) => {
    await page.context().clearCookies()
    await page.goto(address)
    await page.getByLabel('Sign-in link').fill(await signInLink('approver@behalf.test'))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).not.toHaveURL(/sign-in/)
    return new URL(page.url()).pathname
  }
  expect(await signInAt(wanted)).toBe(wanted)
  const elsewhere = encodeURIComponent('//evil.example/console/x')
  expect(await signInAt(`/console/sign-in?callbackUrl=${elsewhere}`)).toBe('/console')
})
