import { afterAll, beforeAll, expect, test } from 'vitest'
import { listOrgsBeingDeleted } from '#lib/db'
import { systemCaller } from '#lib/identity'
import { parseId } from '#lib/ids'
import { connect } from '#runtime'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { Browser, base, basic, type OauthRig, pkce, post, redirectUri, startOauth } from './testing.ts'

let rig: OauthRig
let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
  rig = await startOauth()
}, 90_000)
afterAll(() => rig.stop())

type Kept = { model: string; id: string; payload: Record<string, unknown> }
const kept = async (): Promise<Kept[]> =>
  superuser.sql<Kept>(
    `SELECT model, encode(id, 'hex') AS id, payload FROM oauth_records
     WHERE model NOT IN ('Client', 'RegistrationAccessToken')`,
  )

/** Everything that people and agents of an org leave at the authorization server. @returns the rows that came of it */
async function used(org: string): Promise<Kept[]> {
  const before = new Set((await kept()).map(({ id }) => id))
  const person = await rig.person(org, `somebody of ${org}`)
  const { clientId, browser } = await rig.tokensOf(person)
  const authorize = (client_id: string, of: Browser) => {
    const url = new URL('/oauth/authorize', base)
    url.search = new URLSearchParams({
      ...{ client_id, redirect_uri: redirectUri, response_type: 'code', prompt: 'consent' },
      ...{ code_challenge: pkce().challenge, code_challenge_method: 'S256' },
    }).toString()
    return of.get(url.href)
  }
  // Signed in and asked, and a code that nobody fetched.
  expect((await authorize(clientId, browser)).status).toBe(303)
  await rig.authorize(browser, person, {
    ...{ client_id: clientId, redirect_uri: redirectUri },
    ...{ code_challenge: pkce().challenge, code_challenge_method: 'S256' },
  })
  const agent = await rig.agent(org, { redirectUris: [redirectUri] })
  const proof = basic(agent.clientId, agent.secret)
  expect((await post('/oauth/token', { grant_type: 'client_credentials' }, proof)).status).toBe(200)
  expect((await post('/oauth/device_authorization', { client_id: agent.clientId }, proof)).status).toBe(200)
  expect((await authorize(agent.clientId, new Browser())).status).toBe(303)
  return (await kept()).filter(({ id }) => !before.has(id))
}

test('what the authorization server keeps of an org goes with it, and nothing of another', async () => {
  const [theirs, others] = [await used('doomed'), await used('spared')]
  const models = (rows: readonly Kept[]) => [...new Set(rows.map(({ model }) => model))].sort()
  expect(models(theirs)).toEqual([
    ...['AccessToken', 'AuthorizationCode', 'ClientCredentials', 'DeviceCode', 'Grant', 'Interaction'],
    ...['RefreshToken', 'Session'],
  ])
  const { tenant } = await rig.person('doomed', 'somebody of doomed')
  const by = systemCaller('test')
  const origin = { ip: null, userAgent: null, traceId: 'f'.repeat(32) }
  const report = await connect.deleteOrg(by, tenant, origin)
  const id = parseId('revocation', report.id) ?? ''
  await connect.settleMassRevocation(tenant, id, new AbortController().signal)
  expect(await listOrgsBeingDeleted()).toEqual([])
  const left = new Set((await kept()).map((row) => row.id))
  expect(theirs.filter((row) => left.has(row.id)).map(({ model, payload }) => ({ model, payload }))).toEqual(
    [],
  )
  expect(others.filter((row) => !left.has(row.id))).toEqual([])
})
