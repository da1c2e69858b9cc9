import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '#lib/ids'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { startReaders } from '../../../scripts/testing/token-readers.ts'
import { base, basic, type OauthRig, type Person, post, startOauth } from '../testing.ts'

type Agent = { clientId: string; secret: string }

let rig: OauthRig
let superuser: Superuser
let ana: Person
let mira: Agent
let otto: Agent
let readers: Awaited<ReturnType<typeof startReaders>>

beforeAll(async () => {
  superuser = await useSuperuser()
  rig = await startOauth()
  ana = await rig.person('acme', 'ana')
  ;[mira, otto] = [await rig.agent('acme'), await rig.agent('acme')]
  readers = await startReaders(2)
}, 90_000)
afterAll(async () => {
  for (const { stop } of readers) stop()
  await rig.stop()
})

type Body = Record<string, string>
const ask = async (path: string, form: Body, headers = {}) => {
  const response = await post(path, form, headers)
  return (await response.json().catch(() => ({}))) as Body
}
const by = ({ clientId, secret }: Agent) => basic(clientId, secret)

const exchange = (agent: Agent, token: string | undefined) =>
  ask(
    '/oauth/token',
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token: token ?? '',
    },
    by(agent),
  )
const passedOn = async (agent: Agent, token: string | undefined) => {
  const { access_token: made, error } = await exchange(agent, token)
  if (made === undefined) throw new Error(error)
  return made
}
const own = async (agent: Agent) =>
  (await ask('/oauth/token', { grant_type: 'client_credentials' }, by(agent))).access_token ?? ''

/** What both processes say of a token. */
const everybody = (token: string) =>
  Promise.all(readers.map(({ read }) => read({ authorization: `Bearer ${token}` })))
const refused = ['invalid_token', 'invalid_token']

async function endWithinASecond(tokens: string[]) {
  const since = performance.now()
  // One after another: a process answers one question at a time.
  for (const token of tokens)
    await expect.poll(() => everybody(token), { interval: 20, timeout: 2_000 }).toEqual(refused)
  expect(performance.now() - since).toBeLessThan(1_000)
}

const areGood = async (tokens: string[]) => {
  for (const token of tokens) expect(await everybody(token)).toEqual(['good', 'good'])
}

const isActive = async (agent: Agent, token: string) =>
  (await ask('/oauth/introspect', { token }, by(agent))).active as unknown

test('what an agent passed on of its own ends everywhere when it takes its own token back', async () => {
  const first = await own(mira)
  const other = await own(mira)
  const second = await passedOn(otto, first)
  const third = await passedOn(otto, second)
  const unharmed = await passedOn(otto, other)
  await areGood([first, second, third, unharmed])
  expect(await isActive(otto, third)).toBe(true)
  expect((await post('/oauth/revoke', { token: first }, by(mira))).status).toBe(200)
  await endWithinASecond([first, second, third])
  expect(await isActive(otto, third)).toBe(false)
  expect((await exchange(otto, third)).error).toBe('invalid_request')
  await areGood([unharmed])
})

test('an agent that takes back what it got by exchange ends what came of it, and not what it came from', async () => {
  const first = await own(mira)
  const second = await passedOn(otto, first)
  const third = await passedOn(otto, second)
  await areGood([third])
  expect((await post('/oauth/revoke', { token: second }, by(otto))).status).toBe(200)
  await endWithinASecond([second, third])
  await areGood([first])
})

test('what came of a person’s token ends with a refresh token that is replayed', async () => {
  const { clientId, tokens } = await rig.tokensOf(ana)
  const second = await passedOn(mira, tokens.access_token)
  const third = await passedOn(otto, second)
  await areGood([second, third])
  const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: tokens.refresh_token ?? '' }
  const { refresh_token: next = '' } = await ask('/oauth/token', form)
  await ask('/oauth/token', { ...form, refresh_token: next })
  expect((await ask('/oauth/token', form)).error).toBe('invalid_grant')
  await endWithinASecond([second, third])
})

test('what is being made of a token while it is taken back comes to nothing', async () => {
  const { issueAccessToken } = await import('../tokens/issue.ts')
  const first = await own(mira)
  const { jti = '' } = decodeJwt(first)
  await post('/oauth/revoke', { token: first }, by(mira))
  // As an exchange that had looked at it before.
  const { token } = await issueAccessToken(
    {
      ...{ resource: `${base}/api/v1`, scopes: ['tools:read'], org: 'acme', team: null, environment: null },
      ...{ clientId: otto.clientId, agent: otto.clientId, user: mira.clientId, grantId: null },
    },
    jti,
  )
  expect(await everybody(token)).toEqual(refused)
})

test('a token that was taken back is not good again in the seconds for which clocks may differ', async () => {
  const { sweepRecords } = await import('../index.ts')
  const first = await own(mira)
  const second = await passedOn(otto, first)
  await post('/oauth/revoke', { token: first }, by(mira))
  const id = Buffer.from(sha256(String(decodeJwt(first).jti)))
  await superuser.tamper(`UPDATE oauth_records SET expires_at = now() - interval '4 seconds' WHERE id = $1`, [
    id,
  ])
  await sweepRecords()
  await endWithinASecond([first, second])
})

test('what was taken back, and what came of it, is known for a month: a call that it asked for may wait so long', async () => {
  const { sweepRecords } = await import('../index.ts')
  const digest = (token: string) => Buffer.from(sha256(String(decodeJwt(token).jti)))
  const first = await own(mira)
  const second = await passedOn(otto, first)
  const { clientId, tokens } = await rig.tokensOf(ana)
  const third = await passedOn(mira, tokens.access_token)
  const fourth = await passedOn(otto, third)
  await post('/oauth/revoke', { token: first }, by(mira))
  await ask('/oauth/revoke', { client_id: clientId, token: tokens.refresh_token ?? '' })
  const good = await own(mira)
  const all = [first, second, third, fourth, good].map(digest)
  const left = async (days: number) => {
    await superuser.tamper(
      `UPDATE oauth_records SET expires_at = now() - make_interval(days => $2),
         revoked_at = CASE WHEN revoked_at IS NOT NULL THEN now() - make_interval(days => $2) END WHERE id = ANY ($1)`,
      [all, days],
    )
    await sweepRecords()
    const rows = await superuser.sql<{ id: Buffer }>('SELECT id FROM oauth_records WHERE id = ANY ($1)', [
      all,
    ])
    return rows.map(({ id }) => all.findIndex((one) => one.equals(id))).sort()
  }
  expect(await left(30)).toEqual([0, 1, 2, 3])
  expect(await left(32)).toEqual([])
})

test('a token is exchanged for a narrower one sixteen times in a row and no more', async () => {
  let token = await own(mira)
  for (let turn = 0; turn < 16; turn++) token = await passedOn(mira, token)
  expect((await exchange(mira, token)).error).toBe('invalid_request')
}, 30_000)
