import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { signHead } from '../checkpoints/sign-heads.ts'
import { reportStream } from '../reports/document.ts'
import { evidenceReport } from '../reports/evidence.ts'
import { setScene } from '../testing.ts'
import { verifyAuditFile } from '../verify-file.ts'
import { verifyAround } from './around.ts'
import { candidatesOf, floorIn } from './candidates.ts'
import { exploreAudit } from './list.ts'
import { getAuditEvent } from './one.ts'
import { type ExploreFilter, exploreFilter, readSearch } from './schema.ts'
import { numbersAt } from './span.ts'
import { tailAudit } from './tail.ts'
import { tallyAudit } from './tally.ts'

const scene = setScene('explore')
const place = () => ({ name: 'none', keep: async () => undefined })

const sequences = async (filter: ExploreFilter, of = scene.tenant): Promise<number[]> =>
  (await exploreAudit(of, filter, null, 50)).events.map(({ sequence }) => sequence)

test('each field finds the events that have it, and no others', async () => {
  const ag = `ag_${'a'.repeat(32)}`
  await scene.append(1)
  await scene.append(1, scene.tenant, {
    outcome: 'denied',
    error_code: 'policy_denied',
    tool_name: 'github.create_issue',
  })
  await scene.append(1, scene.tenant, { action: 'policy.published', actor: { type: 'member', id: 'm1' } })
  await scene.append(1, scene.tenant, {
    user_id: 'ana',
    agent_id: ag,
    details: { execution_id: 'ex_1', connector: 'slack' },
  })
  await scene.append(1, scene.tenant, { trace_id: 'f'.repeat(32), ip: '198.51.100.9', user_agent: 'curl/8' })
  await scene.append(1, scene.tenant, {
    action: 'connect_session.created',
    connection_id: 'cn_1',
    connected_account_id: 'ca_1',
    details: { connect_session_id: 'cs_1' },
  })
  const cases: [Record<string, string>, number[]][] = [
    [{ outcome: 'denied,failed' }, [2]],
    [{ code: 'policy_denied' }, [2]],
    [{ connector: 'github' }, [2]],
    [{ connector: 'slack' }, [4]],
    [{ tool: 'github.*' }, [2]],
    [{ action: 'policy.*' }, [3]],
    [{ action: 'policy_*' }, []],
    [{ view: 'changes' }, [3]],
    [{ actor: 'm1' }, [3]],
    [{ actor_type: 'member' }, [3]],
    [{ user: 'ana' }, [4]],
    [{ agent: `${'a'.repeat(8)}-aaaa-aaaa-aaaa-${'a'.repeat(12)}` }, [4]],
    [{ execution: 'ex_1' }, [4]],
    [{ trace: 'f'.repeat(32) }, [5]],
    [{ ip: '198.51.100.9' }, [5]],
    [{ session: 'cs_1' }, [6]],
    [{ connection: 'cn_1' }, [6]],
    [{ account: 'ca_1' }, [6]],
    [{ text: 'CURL' }, [5]],
    [{ text: '198.51 curl' }, [5]],
    [{ text: '%' }, []],
    [{ text: 'github', outcome: 'allowed' }, []],
  ]
  for (const [asked, found] of cases)
    expect(await sequences(exploreFilter.parse(asked)), JSON.stringify(asked)).toEqual(found)
})

test('nothing of another organization is found, counted, opened or verified', async () => {
  const other = await scene.other('quiet')
  await scene.append(3, scene.tenant, { user_id: 'ana' })
  expect(await sequences({ user: ['ana'] }, other)).toEqual([])
  expect((await tallyAudit(other, {})).total).toBe(0)
  const [event] = (await exploreAudit(scene.tenant, {}, null, 1)).events
  await expect(getAuditEvent(other, event?.id ?? '')).rejects.toMatchObject({ code: 'not_found' })
})

test('pages follow each other without a gap or a repetition', async () => {
  await scene.append(25)
  const seen: number[] = []
  let next: string | null = null
  do {
    const found = await exploreAudit(scene.tenant, {}, next, 10)
    seen.push(...found.events.map(({ sequence }) => sequence))
    next = found.next
  } while (next !== null)
  expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => 25 - n))
})

/** Writes the first event once more under each of these numbers, with other fields. */
const copies = (from: number, to: number, fields: Record<string, unknown>) =>
  scene.superuser.tamper(
    `INSERT INTO audit_events SELECT (jsonb_populate_record(e, $4::jsonb || jsonb_build_object('sequence', n, 'id',
       gen_random_uuid()))).* FROM audit_events e, generate_series($2::int, $3::int) n WHERE e.org_id = $1 AND e.sequence = 1`,
    [scene.tenant.orgId, from, to, JSON.stringify(fields)],
  )

test('what is asked for by several values comes in one order, without a gap, however unevenly it lies', async () => {
  await scene.append(1, scene.tenant, { user_id: 'ana' })
  const policy = { action: 'policy.published', user_id: null }
  await copies(2, 450, {})
  await copies(451, 452, { ...policy, user_id: 'bob' })
  await copies(453, 952, policy)
  await copies(953, 953, { action: 'limit.changed', user_id: null })
  await copies(954, 1383, { outcome: 'denied' })
  await copies(1384, 1386, { user_id: 'bob' })
  const runs = (...spans: [number, number][]) =>
    spans.flatMap(([from, to]) => Array.from({ length: from - to + 1 }, (_, n) => from - n))
  const cases: [Record<string, string>, number[]][] = [
    [{ user: 'ana,bob,nobody' }, runs([1386, 954], [452, 1])],
    [{ user: 'bob' }, [1386, 1385, 1384, 452, 451]],
    [{ action: 'policy.*' }, runs([952, 451])],
    [{ action: 'policy.published,limit.changed,nothing.done' }, runs([953, 451])],
    [{ view: 'changes', user: 'bob' }, [452, 451]],
    [{ view: 'changes', action: 'limit.*,tool.*' }, [953]],
    [{ outcome: 'denied', user: 'ana' }, runs([1383, 954])],
    [{ outcome: 'denied,failed' }, runs([1383, 954])],
    [{ action: 'policy.*', text: 'nowhere' }, []],
    [{ outcome: 'denied', text: 'nowhere' }, []],
    [{ text: 'nowhere' }, []],
  ]
  for (const [asked, expected] of cases) {
    const filter = exploreFilter.parse(asked)
    const seen: number[] = []
    for (let before: string | null = null; ; ) {
      const { events, next } = await exploreAudit(scene.tenant, filter, before, 170)
      seen.push(...events.map(({ sequence }) => sequence))
      if (next === null) break
      before = next
    }
    expect(seen, JSON.stringify(asked)).toEqual(expected)
  }
  // What one look reaches is so many candidates, whatever lies between them.
  const reach = (given: Record<string, string>, most: number) =>
    forOrg(scene.tenant, async (tx) => {
      const candidates = await candidatesOf(tx, scene.tenant, exploreFilter.parse(given))
      return floorIn(tx, scene.tenant, candidates, { from: 1n, to: 1387n }, most)
    })
  expect(await reach({ user: 'ana,bob' }, 400)).toBe(987n)
  expect(await reach({ outcome: 'denied' }, 400)).toBe(984n)
  expect(await reach({ action: 'policy.*' }, 400)).toBe(553n)
  expect(await reach({ action: 'policy.*' }, 600)).toBe(1n)
  expect(await reach({ text: 'nowhere' }, 400)).toBe(987n)
})

test('a rare action is counted exactly, also among more events than are looked at one by one', async () => {
  await scene.append(1, scene.tenant, { user_id: 'ana' })
  await scene.append(3, scene.tenant, { action: 'policy.published' })
  await copies(5, 12_104, {})
  const told = await tallyAudit(scene.tenant, exploreFilter.parse({ action: 'policy.*' }))
  expect(told).toMatchObject({ total: 3, share: 1, barsExact: true })
  expect(told.facets.action).toEqual([{ value: 'policy.published', count: 3 }])
  // The others are more than that, and so a part of them is looked at.
  const others = await tallyAudit(scene.tenant, exploreFilter.parse({ user: 'ana' }))
  expect(others.share).toBeLessThan(1)
  expect(others.barsExact).toBe(false)
  expect(Math.abs(others.total - 12_104)).toBeLessThan(200)
})

test('bars hold each event once, in the bar of its time, by outcome', async () => {
  await scene.aged(2, 4)
  await scene.append(3, scene.tenant, { outcome: 'denied' })
  // The last of them may be of this very millisecond, which would not be over yet.
  const now = new Date(Date.now() + 1_000)
  const tally = await tallyAudit(
    scene.tenant,
    { since: new Date(now.getTime() - 3 * 86_400_000).toISOString() },
    now,
  )
  expect(tally).toMatchObject({ total: 7, share: 1, barsExact: true })
  const full = tally.bars.filter(({ counts }) => counts.allowed + counts.denied > 0)
  expect(full.map(({ counts }) => [counts.allowed, counts.denied])).toEqual([
    [4, 0],
    [0, 3],
  ])
  const at = now.getTime() - 2 * 86_400_000
  expect(Date.parse(full[0]?.from ?? '')).toBeLessThanOrEqual(at)
  expect(Date.parse(full[0]?.until ?? '')).toBeGreaterThan(at - 60_000)
  expect(tally.facets.outcome).toEqual([
    { value: 'allowed', count: 4 },
    { value: 'denied', count: 3 },
  ])
})

test('the number of a moment is that of the first event from then on', async () => {
  await scene.aged(2, 4)
  await scene.append(3)
  const day = (n: number) => new Date(Date.now() - n * 86_400_000)
  expect(await forOrg(scene.tenant, (tx) => numbersAt(tx, scene.tenant, [day(3), day(1), day(-1)]))).toEqual([
    1n,
    5n,
    8n,
  ])
})

test('the chain around an event is verified up to the signed head after it, and a changed byte is named', async () => {
  await scene.append(4)
  await signHead(scene.egress, scene.tenant, [place()])
  await scene.append(4)
  await signHead(scene.egress, scene.tenant, [place()])
  expect(await verifyAround(scene.tenant, 6)).toMatchObject({
    ok: true,
    through: 8,
    signedBy: { sequence: 8 },
    firstBad: null,
  })
  const [row] = (await scene.rows()).slice(5)
  await scene.superuser.tamper(
    `UPDATE audit_events SET user_agent = 'x' WHERE org_id = $1 AND sequence = 6`,
    [scene.tenant.orgId],
  )
  const broken = await verifyAround(scene.tenant, 7)
  expect(broken).toMatchObject({ ok: false, signedBy: null, firstBad: { sequence: 6 } })
  expect(broken.firstBad?.id).toBe(`ae_${row?.id.replaceAll('-', '')}`)
})

test('a chain that was made anew around an event contradicts the head that was signed', async () => {
  await scene.append(3)
  await signHead(scene.egress, scene.tenant, [place()])
  await scene.rebuild((rows) =>
    rows.map((row) => (row.sequence === 2n ? { ...row, action: 'nothing.happened' } : row)),
  )
  expect(await verifyAround(scene.tenant, 2)).toMatchObject({ ok: false, firstBad: { sequence: 3 } })
})

test('evidence proves itself offline, and a byte that is changed in it is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'behalf-evidence-'))
  try {
    await scene.append(5)
    await signHead(scene.egress, scene.tenant, [place()])
    const report = await evidenceReport(scene.tenant, {}, [])
    const text = await new Response(reportStream(report, 'json')).text()
    expect(JSON.parse(text)).toMatchObject({ kind: 'evidence', sections: { acts: { rows: { length: 5 } } } })
    const file = join(folder, 'evidence.json')
    writeFileSync(file, text)
    expect(await verifyAuditFile(file)).toMatchObject({
      events: 5,
      problem: null,
      gapCount: 0,
      heads: { agree: 1, signedThrough: 5, own: 1 },
    })
    const at = text.indexOf('"line"')
    writeFileSync(file, text.slice(0, at) + text.slice(at).replace('test.done', 'test.gone'))
    expect((await verifyAuditFile(file)).problem).toMatchObject({
      reason: 'its fields are not those that were hashed',
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a live view tells what is written, and ends when it may not be seen any more', async () => {
  await scene.append(1)
  let allowed = true
  const stream = tailAudit(
    scene.tenant,
    { outcome: ['denied'] },
    {
      member: 'm1',
      after: 1n,
      allowed: async () => {
        if (!allowed) throw new Error('no')
      },
      tell: async (events) => events.map(({ sequence }) => sequence),
      signal: new AbortController().signal,
    },
  )
  const reader = stream?.pipeThrough(new TextDecoderStream()).getReader()
  await scene.append(1)
  await scene.append(1, scene.tenant, { outcome: 'denied' })
  let heard = ''
  while (!heard.includes('event: events')) heard += (await reader?.read())?.value ?? ''
  expect(heard).toContain('id: 3\nevent: events\ndata: [3]')
  allowed = false
  let done = false
  while (!done) done = (await reader?.read())?.done ?? true
  expect(done).toBe(true)
})

test('a member has so many live views, and the oldest makes room', async () => {
  const open = () =>
    tailAudit(
      scene.tenant,
      {},
      {
        member: 'm2',
        after: 0n,
        allowed: async () => undefined,
        tell: async () => [],
        signal: new AbortController().signal,
      },
      { each: 1, most: 10, lifeMs: 60_000, eventsMost: 10 },
    )?.getReader()
  const first = open()
  const second = open()
  await first?.read()
  expect((await first?.read())?.done).toBe(true)
  await second?.cancel()
})

test.each([
  ['refused connector:github', { connector: 'github' }, 'refused'],
  ['agent:"Research bot" outcome:denied,failed', { agent: 'Research bot', outcome: 'denied,failed' }, ''],
  [`ca_${'0'.repeat(32)}`, { account: `ca_${'0'.repeat(32)}` }, ''],
  ['http://x.test/a', {}, 'http://x.test/a'],
  ['user:a user:b', { user: 'a,b' }, ''],
])('the search %j is read as it is meant', (typed, fields, text) => {
  expect(readSearch(typed)).toEqual({ fields, text })
})
