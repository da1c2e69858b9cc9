// GitHub, Google and Slack, each by its shipped connector, against the vendor's emulator behind a front that enforces
// what the emulators do not: clients, PKCE, issued tokens, scopes and revocation (e2e/vendors/strict-front.ts).
import { vendorPorts } from '../scripts/testing/instance.ts'
import { type Api, confirmSession, expect, freshUser, invite, test } from './support/test.ts'
import { startVendor, type Vendor, type VendorKind } from './vendors/strict-front.ts'

type Call = { tool: string; params: object; gives: object }

const google = (scope: string) => `https://www.googleapis.com/auth/${scope}`

const vendors: Record<
  VendorKind,
  {
    name: string
    bases: readonly string[]
    scopes: readonly string[]
    read: Call
    write: Call
    untick: string
    refused: string
    label: RegExp
  }
> = {
  github: {
    name: 'GitHub',
    bases: ['api', 'web'],
    scopes: ['public_repo', 'notifications'],
    read: {
      tool: 'github.list_repositories',
      params: {},
      gives: {
        repositories: expect.arrayContaining([expect.objectContaining({ full_name: 'ana-souza/garden' })]),
      },
    },
    write: {
      tool: 'github.create_issue',
      params: { owner: 'ana-souza', repository: 'garden', title: 'Water the beans' },
      gives: { title: 'Water the beans', number: expect.any(Number) },
    },
    untick: 'notifications',
    refused: 'github.list_notifications',
    label: /ana-souza/,
  },
  google: {
    name: 'Google',
    bases: ['accounts', 'oauth2', 'openid', 'www', 'gmail'],
    scopes: [google('calendar.events'), google('gmail.readonly'), google('gmail.send')],
    read: {
      tool: 'google.search_gmail_messages',
      params: {},
      gives: { messages: expect.any(Array) },
    },
    write: {
      tool: 'google.create_calendar_event',
      params: { title: 'Weeding', starts_at: '2030-05-01T09:00:00Z', ends_at: '2030-05-01T10:00:00Z' },
      gives: { title: 'Weeding' },
    },
    untick: google('gmail.send'),
    refused: 'google.send_gmail_message',
    label: /ana@acme\.test/,
  },
  slack: {
    name: 'Slack',
    bases: ['web'],
    scopes: ['channels:read', 'chat:write', 'users:read'],
    read: {
      tool: 'slack.list_channels',
      params: {},
      gives: { channels: expect.arrayContaining([expect.objectContaining({ name: 'garden' })]) },
    },
    write: {
      tool: 'slack.post_message',
      params: { text: 'The beans are watered.' },
      gives: { ts: expect.any(String) },
    },
    untick: 'users:read',
    refused: 'slack.list_users',
    label: /Acme|ana/,
  },
}

const clientSecret = 'canary-vendor-client-secret-5d1f'

/** Sets up our client at the vendor as an operator does, pointing the connector at the front. */
async function setUp(api: Api, kind: VendorKind, vendor: Vendor): Promise<void> {
  const { body: connectors } = await api.get(`/connectors/${kind}`)
  expect(connectors.id).toBe(kind)
  const created = await api.post('/auth_configs', {
    connector: kind,
    client_id: `behalf-${kind}`,
    client_secret: clientSecret,
    base_urls: Object.fromEntries(vendors[kind].bases.map((base) => [base, vendor.url])),
  })
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  expect(JSON.stringify(created.body)).not.toContain(clientSecret)
  vendor.allowRedirect(String(created.body.redirect_uri))
}

for (const kind of ['github', 'google', 'slack'] as const) {
  const facts = vendors[kind]
  test(`${facts.name}: connects by consent, reads, writes, keeps to what was granted, and ends at the vendor`, async ({
    page,
    api,
  }) => {
    const vendor = await startVendor(kind, {
      clientId: `behalf-${kind}`,
      clientSecret,
      port: vendorPorts()[kind],
    })
    try {
      await setUp(api, kind, vendor)
      const user = freshUser()
      const session = await invite(api, {
        org_id: 'e2e-vendors',
        user_id: user,
        connectors: [kind],
        scopes: { [kind]: facts.scopes },
      })
      await page.goto(session.url)
      await expect(
        page.getByRole('heading', { level: 1, name: `Let e2e-vendors act in ${facts.name} as you` }),
      ).toBeVisible()
      await page.getByRole('button', { name: 'Approve' }).click()
      await expect(page.getByRole('heading', { name: 'Allow access' })).toBeVisible()
      await page.getByRole('checkbox', { name: facts.untick, exact: true }).uncheck()
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.waitForURL(/\/done$/)
      const code = (await page.getByText(/^bhf_cc_/).textContent()) ?? ''
      const confirmed = await confirmSession(api, session, user, code)
      expect(confirmed.status, JSON.stringify(confirmed.body)).toBe(200)
      const id = String(confirmed.body.connected_account_id)
      const { body: account } = await api.get(`/connected_accounts/${id}`)
      expect((account.account as { label: string }).label).toMatch(facts.label)
      expect((account.connection as { scopes: string[] }).scopes).toEqual(
        facts.scopes.filter((scope) => scope !== facts.untick),
      )

      const run = async ({ tool, params }: Omit<Call, 'gives'>) =>
        api.post('/tools/execute', { connected_account_id: id, tool_name: tool, params })
      const read = await run(facts.read)
      expect(read.body, JSON.stringify(read.body)).toMatchObject({
        status: 'succeeded',
        output: facts.read.gives,
      })
      const { channels } = read.body.output as { channels?: { id: string }[] }
      const params = { ...facts.write.params, ...(kind === 'slack' && { channel_id: channels?.[0]?.id }) }
      const written = await run({ tool: facts.write.tool, params })
      expect(written.body, JSON.stringify(written.body)).toMatchObject({
        status: 'succeeded',
        output: facts.write.gives,
      })

      const calls = vendor.counters().api
      const refused = await run({ tool: facts.refused, params: kind === 'google' ? mail : {} })
      expect(refused).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
      expect(vendor.counters().api).toEqual(calls)

      const revoked = await api.post(`/connected_accounts/${id}/revoke`, { reason: 'e2e' })
      expect(revoked.body).toMatchObject({ status: 'revoked', upstream: 'revoked' })
      expect(vendor.counters()).toMatchObject({ revoked: 1, refused: {} })
      expect((await run(facts.read)).body.code).toBe('reauthorization_required')
    } finally {
      await vendor.close()
    }
  })
}

const mail = { to: ['ben@acme.test'], subject: 'Beans', text: 'Watered.' }

test('the front refuses what the emulators alone take: any bearer, no PKCE, a scope that was not granted', async () => {
  const vendor = await startVendor('github', {
    clientId: 'c',
    clientSecret,
    redirectUris: ['http://127.0.0.1:1/cb'],
  })
  try {
    const call = await fetch(`${vendor.url}/user`, { headers: { authorization: 'Bearer anything' } })
    expect(call.status).toBe(401)
    const query = 'client_id=c&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb&scope=repo&state=s'
    const authorize = await fetch(`${vendor.url}/login/oauth/authorize?${query}`, { redirect: 'manual' })
    expect(new URL(authorize.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request')
    expect(vendor.counters().refused).toEqual({ unknown: 1, pkce_missing: 1 })
  } finally {
    await vendor.close()
  }
})
