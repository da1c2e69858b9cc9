// What ends most of what is connected takes two people, however it was chosen: here row by row.
import { instance } from '../scripts/testing/instance.ts'
import { signIn, signInLink } from './support/console.ts'
import { look } from './support/look.ts'
import { connectedAccount, expect, test } from './support/test.ts'

test('every row that was picked waits for a second person, whom a link leads there by way of the sign-in', async ({
  page,
  browser,
  api,
}) => {
  // Of its own at each try: what is picked is all that there is.
  const org = `e2e-two-${Date.now()}`
  const first = await connectedAccount(page, api, { org })
  const second = await connectedAccount(page, api, { org, at: { person: 'Ben Okafor' } })
  const stateOf = async ({ id }: { id: string }) => (await api.get(`/connected_accounts/${id}`)).body.status
  const context = await browser.newContext({ baseURL: instance().publicUrl })
  const admin = await context.newPage()
  await signIn(admin, 'it@two.test', org)
  await admin.goto(`/console/${org}/accounts`)
  await expect(admin.locator('tbody tr')).toHaveCount(2)
  await admin.keyboard.press('X')
  await expect(admin.getByText('2 selected')).toBeVisible()
  await admin.getByRole('button', { name: 'Revoke', exact: true }).click()

  await expect(
    admin.getByText('These are 2 of 2 active or paused accounts, which takes two people.'),
  ).toBeVisible()
  await expect(admin.getByRole('button', { name: 'Stop these accounts now' })).toHaveCount(0)
  await look(admin, 'asking for what was picked')
  await admin.getByLabel('Reason').fill('all of them')
  await admin.getByLabel(/to confirm/).fill(org)
  await admin.getByRole('button', { name: 'Ask for approval' }).click()
  await admin.waitForURL(/\/revocations\/requests\/rvr_/)
  await expect(admin.getByText('nobody was written to: tell them')).toBeVisible()
  expect([await stateOf(first), await stateOf(second)]).toEqual(['active', 'active'])
  const at = new URL(admin.url()).pathname
  // What is connected while it waits was not picked.
  const later = await connectedAccount(page, api, { org, at: { person: 'Cleo Martin' } })

  const others = await browser.newContext({ baseURL: instance().publicUrl })
  const approver = await others.newPage()
  await approver.goto(at)
  await approver.waitForURL(
    (url) => url.pathname === '/console/sign-in' && url.searchParams.get('callbackUrl') === at,
  )
  const link = await signInLink('ciso@two.test', org)
  await approver.goto(link.replace('#', `?callbackUrl=${encodeURIComponent(at)}#`))
  await approver.getByRole('button', { name: 'Sign in' }).click()
  await approver.waitForURL((url) => url.pathname === at)
  await expect(approver.getByText('Revokes exactly the accounts that this page counts.')).toBeVisible()
  await look(approver, 'approving what was picked')
  await approver.getByLabel(/to confirm/).fill(org)
  await approver.getByRole('button', { name: 'Approve and revoke now' }).click()
  await approver.waitForURL(/\/revocations\/rev_/)
  await expect(approver.getByRole('heading', { level: 1 })).toContainText('2 chosen accounts')
  expect([await stateOf(first), await stateOf(second)]).toEqual(['revoked', 'revoked'])
  expect(await stateOf(later)).toBe('active')
  await others.close()
  await context.close()
})
