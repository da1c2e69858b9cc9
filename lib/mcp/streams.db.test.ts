import { afterAll, beforeAll, expect, test } from 'vitest'
import { config } from '#lib/config'
import { deployment, forOrg } from '#lib/db'
import { disableAgentIn } from '#lib/identity'
import { parseId, sha256 } from '#lib/ids'
import { claimsFor, signClaims } from '../../scripts/testing/access-tokens.ts'
import { type McpRig, startMcp } from './testing.ts'

process.env.BEHALF_MCP_STREAMS_MAX = '20'

let rig: McpRig
let user = ''

beforeAll(async () => {
  rig = await startMcp()
  await rig.practice.session({ org_id: 'acme', user_id: 'ana' })
  user = await rig.userId('acme', 'ana')
})
afterAll(() => rig.stop())

const listening = (notifications: object = { toolsListChanged: true }) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'subscriptions/listen',
    params: {
      notifications,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  })

/** Opens a stream; its text is there once it has ended, and `said` is what it has told until now. */
async function listen(token: string, notifications?: object) {
  const hangUp = new AbortController()
  const response = await rig.raw('/mcp', {
    token,
    body: listening(notifications),
    signal: hangUp.signal,
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' },
  })
  const stream = { status: response.status, said: '', over: false, hangUp: () => hangUp.abort() }
  void (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) stream.said += decoder.decode(chunk, { stream: true })
  })()
    .catch(() => {})
    .finally(() => {
      stream.over = true
    })
  if (response.ok) await expect.poll(() => stream.said).toContain('subscriptions/acknowledged')
  return stream
}
type Stream = Awaited<ReturnType<typeof listen>>

const tokenOf = (agent: string, more: Record<string, unknown> = {}) =>
  rig.token({ org: 'acme', agent, user, ...more })

async function endsWithin(stream: Stream, ms: number) {
  const since = performance.now()
  await expect.poll(() => stream.over, { interval: 20, timeout: ms + 2_000 }).toBe(true)
  expect(performance.now() - since).toBeLessThan(ms)
  // In the protocol's own way: the subscription is answered.
  expect(stream.said).toContain('"resultType":"complete"')
}

test('a stream ends when the time of the token that opened it is over', async () => {
  const agent = await rig.newAgent('acme')
  const exp = Math.floor(Date.now() / 1000) + 3
  const short = await listen(await tokenOf(agent, { exp }))
  const long = await listen(await tokenOf(agent))
  expect(short.over).toBe(false)
  await endsWithin(short, 4_000)
  expect(Date.now() / 1000).toBeGreaterThanOrEqual(exp)
  expect(long.over).toBe(false)
  long.hangUp()
})

test('a stream ends within a second or so with the agent, and with the token that is taken back', async () => {
  const agent = await rig.newAgent('acme')
  const claims = claimsFor({ org: 'acme', agent, user, resource: `${config().publicUrl}/mcp` })
  const [taken, kept] = [await listen(await signClaims(claims)), await listen(await tokenOf(agent))]
  await forOrg(deployment, (tx) =>
    tx.oauth_records.create({
      data: {
        ...{ org_id: deployment.orgId, model: 'AccessToken', id: sha256(String(claims.jti)), payload: {} },
        ...{ revoked_at: new Date(), expires_at: new Date(Date.now() + 600_000) },
      },
    }),
  )
  await endsWithin(taken, 1_500)
  expect(kept.over).toBe(false)
  const tenant = await rig.practice.tenant('acme')
  await forOrg(tenant, (tx) => disableAgentIn(tx, tenant, parseId('agent', agent) ?? ''))
  await endsWithin(kept, 1_500)
})

test('a caller has sixteen streams open and no more, and whoever closes one may open another', async () => {
  const agent = await rig.newAgent('acme')
  const token = await tokenOf(agent)
  const streams = await Promise.all(Array.from({ length: 20 }, () => listen(token)))
  const [open, refused] = [
    streams.filter(({ status }) => status === 200),
    streams.filter(({ status }) => status === 429),
  ]
  expect([open.length, refused.length]).toEqual([16, 4])
  await expect.poll(() => refused[0]?.said).toContain('16 streams')
  // Of a process there are twenty here, whoever has them.
  const other = await tokenOf(await rig.newAgent('acme'))
  const others = await Promise.all(Array.from({ length: 6 }, () => listen(other)))
  expect(others.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 429, 429])
  await expect.poll(() => others.map(({ said }) => said).join()).toContain('Too many streams are open here')
  open[0]?.hangUp()
  await expect.poll(async () => (await listen(token)).status, { interval: 50 }).toBe(200)
  for (const { hangUp } of [...open, ...others]) hangUp()
})

test('what asks to hear of nothing, and what is refused, holds no place', async () => {
  const token = await tokenOf(await rig.newAgent('acme'))
  for (let turn = 0; turn < 20; turn++) expect((await listen(token, {})).status).toBe(200)
  for (let turn = 0; turn < 20; turn++) {
    const body = listening().replace('"notifications"', '"none"')
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' }
    expect((await (await rig.raw('/mcp', { token, body, headers })).json()).error.code).toBe(-32_602)
  }
  const stream = await listen(token)
  expect(stream.status).toBe(200)
  stream.hangUp()
})
