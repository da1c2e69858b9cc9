import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Redemption } from './faults.ts'
import { type Rig, startRig, type Tokens } from './rig.ts'

let rig: Rig
let tokens: Tokens
beforeAll(async () => {
  rig = await startRig()
})
beforeEach(async () => {
  await rig.control('POST', 'reset', {})
  tokens = await rig.connect()
})
afterAll(() => rig.close())

const refresh = (token = tokens.refresh_token) => rig.refresh(token)
const refreshed = async (token = tokens.refresh_token) => (await (await refresh(token)).json()) as Tokens
const hash = (token = '') => createHash('sha256').update(token).digest('hex')
const isLive = async (token: string) => (await rig.api(token, 'me')).status === 200

interface Minted {
  grant: string
  access_token: string
  refresh_token: string
}
const mint = async (count: number) => {
  const asked = { client_id: rig.client.client_id, user: 'ana', count }
  const response = await rig.control('POST', 'grants', asked)
  return ((await response.json()) as { grants: Minted[] }).grants
}

test('a second use of a refresh token ends its family, and with reuse_ends_family off is only refused', async () => {
  const next = await refreshed()
  expect((await refresh()).status).toBe(400)
  expect(await isLive(next.access_token)).toBe(false)
  tokens = await rig.connect()
  await rig.faults({ reuse_ends_family: false })
  const other = await refreshed()
  expect((await refresh()).status).toBe(400)
  expect(await isLive(other.access_token)).toBe(true)
  expect((await refresh(other.refresh_token)).status).toBe(200)
})

test('grace_seconds lets a used refresh token be used again for a while, and no longer', async () => {
  await rig.faults({ grace_seconds: 60 })
  const [one, two] = [await refreshed(), await refreshed()]
  expect(new Set([tokens.refresh_token, one.refresh_token, two.refresh_token]).size).toBe(3)
  expect([await isLive(one.access_token), await isLive(two.access_token)]).toEqual([true, true])
  await rig.faults({ grace_seconds: 0 })
  expect((await refresh()).status).toBe(400)
})

test('token_error with a share refuses that share of the requests, evenly spread', async () => {
  await rig.faults({ token_error: { status: 400, body: { error: 'invalid_grant' }, share: 0.3 } })
  const grants = await mint(10)
  const statuses: number[] = []
  for (const { refresh_token } of grants) statuses.push((await refresh(refresh_token)).status)
  expect(statuses.filter((status) => status === 400).length).toBe(3)
  expect(statuses.slice(0, 3)).toEqual([200, 200, 200])
})

test('drop_token_request hangs up on a token request without spending anything', async () => {
  await rig.faults({ drop_token_request: 1 })
  await expect(refresh()).rejects.toThrow()
  expect((await refresh()).status).toBe(200)
})

test('mints as many live grants as asked for, each a family of its own', async () => {
  const [first, second, ...more] = await mint(20)
  expect(more.length).toBe(18)
  expect(await isLive(first?.access_token ?? '')).toBe(true)
  const next = await refreshed(first?.refresh_token)
  expect((await refresh(first?.refresh_token)).status).toBe(400)
  expect([await isLive(next.access_token), await isLive(second?.access_token ?? '')]).toEqual([false, true])
  const unknown = await rig.control('POST', 'grants', { client_id: 'client-1', user: 'nobody', count: 1 })
  expect(unknown.status).toBe(404)
})

test('books every use of a refresh token with its grant, its time and whether it was answered', async () => {
  const [minted] = await mint(1)
  const before = Date.now()
  await refresh(minted?.refresh_token)
  await rig.faults({ lost_refresh: 1 })
  await refresh().catch(() => {})
  await refresh('made-up')
  const response = await rig.control('GET', 'redemptions')
  const { redemptions } = (await response.json()) as { redemptions: Redemption[] }
  expect(redemptions).toMatchObject([
    {
      grant: minted?.grant,
      token: hash(minted?.refresh_token),
      status: 200,
      answered_ms: expect.any(Number),
    },
    { token: hash(tokens.refresh_token), status: 200, answered_ms: null },
    { grant: null, token: hash('made-up'), status: 400 },
  ])
  expect(redemptions.every(({ received_ms }) => received_ms >= before)).toBe(true)
})

/** An answer as it is on the wire; `fetch` would unpack it. */
function raw(path: string): Promise<{ encoding: string | undefined; bytes: number; ms: number }> {
  const started = performance.now()
  const headers = { authorization: `Bearer ${tokens.access_token}` }
  return new Promise((resolve, reject) => {
    request(new URL(path, rig.url), { headers }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => (bytes += chunk.length))
      response.on('end', () =>
        resolve({ encoding: response.headers['content-encoding'], bytes, ms: performance.now() - started }),
      )
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

test('gzip_bomb_bytes sends a body that is a hundred times its size when unpacked', async () => {
  await rig.faults({ gzip_bomb_bytes: 5_000_000 })
  const { encoding, bytes } = await raw('/api/me')
  expect(encoding).toBe('gzip')
  expect(bytes).toBeLessThan(50_000)
  expect((await (await rig.api(tokens.access_token, 'me')).text()).length).toBeGreaterThan(5_000_000)
})

test('compress packs the true answer, of the token endpoint too', async () => {
  await rig.faults({ compress: true, body_for: 'all' })
  expect((await raw('/api/me')).encoding).toBe('gzip')
  const next = await refreshed()
  expect(await isLive(next.access_token)).toBe(true)
})

test('slow_body_ms takes that long to send a body that is whole in the end', async () => {
  await rig.faults({ slow_body_ms: 400 })
  expect((await raw('/api/me')).ms).toBeGreaterThanOrEqual(380)
  expect(await (await rig.api(tokens.access_token, 'me')).json()).toMatchObject({ id: 'usr_ana' })
})
