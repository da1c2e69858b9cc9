import { createServer } from 'node:http'
import type { Faults } from '../../../sandbox/faults.ts'
import type { Bed } from '../bed.ts'
import type { Product } from '../product.ts'
import { type Finding, finding, type Scenario } from '../scenario.ts'

const org = 'fault-9'
/** A lease of 6 s leaves the provider 2 s to answer. */
const tooSlowMs = 4_000

type Odd = {
  fault: string
  injected: string
  knobs: Partial<Faults>
  /** What the database must hold once the provider answers so, in seconds from now; absent where nothing is stored. */
  lifetime?: (seconds: number | null) => boolean
}

const yearSeconds = 365 * 86_400
const unknown = (seconds: number | null) => seconds === null
const about = (wanted: number) => (seconds: number | null) =>
  seconds !== null && Math.abs(seconds - wanted) < 60
const clamped = (seconds: number | null) => seconds === null || (seconds > 0 && seconds < yearSeconds)

const answered: readonly Odd[] = [
  {
    fault: '10',
    injected: 'success without refresh_token',
    knobs: { rotation: 'none', omit_refresh_token: true },
    lifetime: about(300),
  },
  {
    fault: '10',
    injected: 'success without expires_in',
    knobs: { omit_expires_in: true },
    lifetime: unknown,
  },
  {
    fault: '11',
    injected: 'expires_in "3600"',
    knobs: { expires_in_override: '3600' },
    lifetime: about(3_600),
  },
  { fault: '11', injected: 'expires_in 0', knobs: { expires_in_override: 0 }, lifetime: unknown },
  { fault: '11', injected: 'expires_in -5', knobs: { expires_in_override: -5 }, lifetime: unknown },
  { fault: '11', injected: 'expires_in "soon"', knobs: { expires_in_override: 'soon' }, lifetime: unknown },
  {
    fault: '11',
    injected: 'expires_in of ten years',
    knobs: { expires_in_override: 10 * yearSeconds },
    lifetime: clamped,
  },
  {
    fault: '13',
    injected: 'rotation with 10 s of grace',
    knobs: { grace_seconds: 10 },
    lifetime: about(300),
  },
  {
    fault: '6',
    injected: 'a gzip-packed answer',
    knobs: { compress: true, body_for: 'token' },
    lifetime: about(300),
  },
]

const unanswered: readonly Odd[] = [
  {
    fault: '9',
    injected: '200 with an error body',
    knobs: { token_error: { status: 200, body: { error: 'server_error' }, share: 1 } },
  },
  {
    fault: '2',
    injected: '503 of the token endpoint',
    knobs: { token_error: { status: 503, body: 'down', share: 1 } },
  },
  { fault: '4', injected: 'a connection dropped before anything was done', knobs: { drop_token_request: 1 } },
  {
    fault: '4',
    injected: 'reset in the middle of the body',
    knobs: { reset_mid_body: 1, body_for: 'token' },
  },
  {
    fault: '3',
    injected: 'a body that takes longer than the deadline',
    knobs: { slow_body_ms: tooSlowMs, body_for: 'token' },
  },
  { fault: '5', injected: 'a body of 200 MB', knobs: { huge_body_bytes: 200_000_000, body_for: 'token' } },
  {
    fault: '6',
    injected: 'a gzip bomb of 200 MB',
    knobs: { gzip_bomb_bytes: 200_000_000, body_for: 'token' },
  },
  { fault: '7', injected: 'HTML with status 200', knobs: { html_200: true, body_for: 'token' } },
  { fault: '7', injected: 'invalid JSON', knobs: { invalid_json: true, body_for: 'token' } },
]

const secondsLeftOf = async (bed: Bed, uuid: string) => {
  const [row] = await bed.cluster.sql<{ left: number | null; sealed: string }>(
    `SELECT extract(epoch FROM access_expires_at - now())::float8 AS left, encode(sha256(sealed), 'hex') AS sealed
     FROM credentials WHERE account_id = $1`,
    [uuid],
  )
  return row
}

/** An odd success: its tokens are kept and work, its lifetime is believed within reason, and nothing loops. */
async function success(bed: Bed, product: Product, odd: Odd): Promise<Finding> {
  const accounts = await bed.accounts(org, 3)
  const call = { work: 'execute' as const, accounts: accounts.map(({ id }) => id), org, workers: 3 }
  await bed.expire(accounts)
  await bed.provider.reset()
  await bed.provider.faults(odd.knobs)
  const { failed } = await product.ask('each', call)
  for (let again = 0; again < 4; again++) await product.ask('each', call)
  const asked = (await bed.provider.state()).token_refresh
  const rows = await Promise.all(accounts.map(({ uuid }) => secondsLeftOf(bed, uuid)))
  if (bed.planted)
    await bed.cluster.sql('UPDATE credentials SET refreshable = false WHERE account_id = $1', [
      accounts[0]?.uuid,
    ])
  const nulled = (await bed.fates(accounts)).filter(({ refreshable }) => !refreshable).length
  await bed.provider.faults({ expires_in_override: null, omit_expires_in: false, omit_refresh_token: false })
  const stale = await bed.renewOnceMore(product, accounts)
  return {
    fault: odd.fault,
    ...finding(odd.injected, {
      'calls refused': Object.keys(failed).length,
      'refresh loops': asked - accounts.length,
      'tokens nulled': nulled,
      'lifetimes not believed rightly': rows.filter((row) => !row || !odd.lifetime?.(row.left)).length,
      'pairs that cannot be renewed': Object.keys(stale).length,
    }),
  }
}

/** An answer that cannot be read, from a provider where the old token still works: nothing may be lost by it. */
async function failure(bed: Bed, product: Product, odd: Odd): Promise<Finding> {
  const [account] = await bed.accounts(org, 1)
  if (!account) throw new Error('no account')
  await bed.expire([account])
  await bed.provider.reset()
  await bed.provider.faults({ rotation: 'none', ...odd.knobs })
  const before = await secondsLeftOf(bed, account.uuid)
  const rssBefore = await product.ask('rss', {})
  const call = { work: 'execute' as const, accounts: [account.id], org, workers: 1 }
  const started = performance.now()
  const { failed } = await product.ask('each', call)
  const seconds = (performance.now() - started) / 1000
  const grownMb = (await product.ask('rss', {})) - rssBefore
  const after = await secondsLeftOf(bed, account.uuid)
  await bed.provider.reset()
  await bed.provider.faults({ rotation: 'none' })
  await bed.settle(product, [account])
  const stale = await bed.renewOnceMore(product, [account])
  const [fate] = await bed.fates([account])
  return {
    fault: odd.fault,
    ...finding(
      odd.injected,
      {
        'calls that went on': failed[account.id] ? 0 : 1,
        'stored bytes changed': before?.sealed === after?.sealed ? 0 : 1,
        'false needs_reauth': fate?.status === 'active' && Object.keys(stale).length === 0 ? 0 : 1,
      },
      {
        facts: {
          answered: failed[account.id] ?? 'nothing',
          within: `${seconds.toFixed(1)} s`,
          'memory grown by': `${Math.max(0, grownMb)} MB`,
        },
        holds: seconds < 5 && grownMb < 150,
      },
    ),
  }
}

/** Where a redirect would lead: it must not be followed, and our client's secret must not go there. */
async function redirect(bed: Bed, product: Product): Promise<Finding> {
  let hits = 0
  const elsewhere = createServer((_request, response) => {
    hits++
    response.end('{}')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  const address = elsewhere.address()
  const port = typeof address === 'object' && address ? address.port : 0
  try {
    const redirected = await failure(bed, product, {
      fault: '8',
      injected: 'a redirect to another origin',
      knobs: { redirect_to: `http://127.0.0.1:${port}/`, body_for: 'token' },
    })
    return {
      ...redirected,
      observed: `${redirected.observed} · hits there ${hits}`,
      ok: redirected.ok && hits === 0,
    }
  } finally {
    elsewhere.close()
  }
}

export const oddAnswers: Scenario = {
  fault: '2–11',
  name: 'odd-answers',
  inShort: false,
  plants: 'one refresh token nulled',
  async run(bed) {
    const [product] = await bed.crewOf(1)
    if (!product) throw new Error('no process')
    const found: Finding[] = []
    for (const odd of answered) found.push(await success(bed, product, odd))
    for (const odd of unanswered) found.push(await failure(bed, product, odd))
    found.push(await redirect(bed, product))
    return found
  },
}
