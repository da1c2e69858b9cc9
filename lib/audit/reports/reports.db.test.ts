import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '#lib/ids'
import { publishedKeys } from '#lib/signing'
import { GET as getReport } from '../../../app/api/v1/reports/[kind]/route.ts'
import { runCommand } from '../../../scripts/commands/index.ts'
import { origin, type Practice, rootKey, startPractice } from '../../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { exportStream } from '../export/stream.ts'
import { compareWithExport } from './beside-export.ts'
import { verifyReport } from './verify-report.ts'

let practice: Practice
let superuser: Superuser
const since = new Date(Date.now() - 60_000).toISOString()
beforeAll(async () => {
  superuser = await useSuperuser()
  practice = await startPractice()
  await practice.reset()
})
afterAll(() => practice.stop())

async function report(kind: string, format = 'json', period = { since, until: '2100-01-01T00:00:00Z' }) {
  const query = new URLSearchParams({ org_id: 'acme', format, ...period })
  const response = await getReport(
    new Request(`http://localhost/api/v1/reports/${kind}?${query}`, {
      headers: { authorization: `Bearer ${rootKey}` },
    }),
    { params: Promise.resolve({ kind }) },
  )
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
type Told = { sections: Record<string, { rows: Record<string, unknown>[] }>; facts: Record<string, unknown> }
const read = async (kind: string) => JSON.parse((await report(kind)).text) as Told

const list = (account: string) =>
  practice
    .execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' })
    .catch((error: unknown) => error)

test('says of each call whether its consent was in force, and names what was missing where it was not', async () => {
  const session = await practice.connectAccount({ org: 'acme', user: 'u_1' })
  const account = session.connected_account_id ?? ''
  await list(account)
  await list(account)
  const before = await read('soc2_cc6_1')
  const [first, second] = before.sections.calls?.rows ?? []
  expect(first).toMatchObject({
    tool: 'sandbox.list_tasks',
    user: 'u_1',
    account,
    outcome: 'allowed',
    valid: true,
    objections: '',
    scopes_required: 'tasks:read',
    consent_until_by: 'expiry',
    credential: '1',
    credential_valid_until_by: 'expiry of the token',
    event_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(Date.parse(String(first?.credential_obtained_at))).toBeLessThanOrEqual(
    Date.parse(String(first?.started_at)),
  )
  expect(Date.parse(String(first?.credential_valid_until))).toBeGreaterThan(
    Date.parse(String(first?.started_at)),
  )
  expect(first?.connection).toMatch(/^cn_/)
  expect(Date.parse(String(first?.consented_at))).toBeLessThanOrEqual(Date.parse(String(first?.started_at)))
  expect(second).toMatchObject({ valid: true })
  const tenant = await practice.tenant('acme')
  await practice.connect.revoke(
    tenant,
    practice.caller,
    parseId('connected_account', account) ?? '',
    'test',
    origin,
  )
  await list(account)
  const after = await read('soc2_cc6_1')
  expect(after.sections.calls?.rows[0]).toMatchObject({
    valid: true,
    consent_until_by: 'connected_account.revoked',
    credential_valid_until_by: 'destroyed',
  })
  expect(after.sections.summary?.rows).toContainEqual({
    what: 'made though something was missing (see objections)',
    count: 0,
  })
  // As if a call had been made under a consent that had run out, and one with a scope that nobody had granted.
  const id = parseId('connection', String(first?.connection))
  await superuser.tamper(`UPDATE connections SET expires_at = consented_at WHERE id = $1`, [id])
  expect((await read('soc2_cc6_1')).sections.calls?.rows[0]).toMatchObject({
    valid: false,
    objections: 'the consent had expired',
  })
  await superuser.tamper(`UPDATE connections SET expires_at = NULL, scopes_granted = '{}' WHERE id = $1`, [
    id,
  ])
  const bare = await read('soc2_cc6_1')
  expect(bare.sections.calls?.rows[0]).toMatchObject({
    valid: false,
    objections: expect.stringContaining('scopes that the consent does not name'),
  })
  await superuser.tamper(
    `UPDATE connections SET scopes_granted = ARRAY['tasks:read', 'tasks:write', 'offline_access'],
       consented_at = now() + interval '1 day' WHERE id = $1`,
    [id],
  )
  expect((await read('soc2_cc6_1')).sections.calls?.rows[0]).toMatchObject({
    valid: false,
    objections: expect.stringContaining('consent was given after the call began'),
  })
})

test('records processing by provider and purpose, with its recipients and how long things are kept', async () => {
  const told = await read('gdpr_art30')
  expect(told.sections.activities?.rows).toContainEqual(
    expect.objectContaining({ provider: 'sandbox', people: expect.any(Number) }),
  )
  expect(told.sections.processing?.rows).toContainEqual(
    expect.objectContaining({ tool: 'sandbox.list_tasks', outcome: 'allowed', calls: expect.any(Number) }),
  )
  expect(told.facts['erasure of inputs of calls (f)']).toBe('after 30 days')
})

test.each(['json', 'html'])('a report in %s is signed: one changed byte shows', async (format) => {
  const { text, type } = await report('soc2_cc6_1', format)
  expect(type).toContain(format)
  const keys = (await publishedKeys()).map(({ jwk }) => jwk)
  expect(await verifyReport(text, keys)).toMatchObject({ whole: true, genuine: true, kind: 'soc2_cc6_1' })
  expect(await verifyReport(text.replace('u_1', 'u_2'), keys)).toMatchObject({ whole: false })
  expect(await verifyReport(text, [])).toMatchObject({ whole: true, genuine: false })
  expect(await verifyReport(text.slice(0, -300), keys)).toMatchObject({ whole: false })
  const folder = mkdtempSync(join(tmpdir(), 'behalf-report-'))
  const [file, jwks] = [join(folder, 'report'), join(folder, 'jwks.json')]
  writeFileSync(file, text)
  writeFileSync(jwks, JSON.stringify({ keys }))
  const out: string[] = []
  const terminal = { env: process.env, print: (line: string) => void out.push(line) }
  const command = (...words: string[]) => runCommand(['verify-report', file, ...words], terminal, () => {})
  expect(await command('--keys', jwks)).toBe(0)
  expect(await command()).toBe(0)
  expect(out.join('\n')).toContain('NOT PROVEN')
  writeFileSync(file, text.replace('u_1', 'u_2'))
  expect(await command('--keys', jwks)).toBe(1)
  rmSync(folder, { recursive: true })
})

test('a report is held against an export of the same events: a call left out, added or told otherwise is named', async () => {
  const tenant = await practice.tenant('acme')
  const folder = mkdtempSync(join(tmpdir(), 'behalf-beside-'))
  const [file, events] = [join(folder, 'report.json'), join(folder, 'audit.ndjson')]
  const { text } = await report('soc2_cc6_1')
  const lines = (await new Response(exportStream(tenant, {}, 'ndjson')).text()).trimEnd().split('\n')
  writeFileSync(events, `${lines.join('\n')}\n`)
  const calls = (JSON.parse(text) as Told).sections.calls?.rows ?? []
  expect(await compareWithExport(text, events)).toEqual({ alike: calls.length, problem: null })
  expect(calls.length).toBeGreaterThan(1)
  const row = String(text.split('\n').find((line) => line.includes('"event":"ae_')))
  for (const [other, reason] of [
    [text.replace(`${row}\n`, ''), 'not in the report'],
    [text.replace('"outcome":"allowed"', '"outcome":"denied"'), 'another outcome'],
    [text.replace('"scopes_granted":"', '"scopes_granted":"admin '), 'another scopes_granted'],
  ] as const) {
    expect(other).not.toBe(text)
    expect((await compareWithExport(other, events))?.problem?.reason).toContain(reason)
  }
  writeFileSync(events, `${lines.filter((line) => !line.includes('tool.executed')).join('\n')}\n`)
  expect((await compareWithExport(text, events))?.problem?.reason).toContain('not in the export')
  writeFileSync(events, `${lines.join('\n')}\n`)
  writeFileSync(file, text)
  const out: string[] = []
  const terminal = { env: process.env, print: (line: string) => void out.push(line) }
  expect(await runCommand(['verify-report', file, '--events', events], terminal, () => {})).toBe(0)
  expect(out.join('\n')).toContain(`its ${calls.length} calls are those of`)
  writeFileSync(events, `${lines.join('\n').replace('sandbox.list_tasks', 'sandbox.list_taskz')}\n`)
  expect(await runCommand(['verify-report', file, '--events', events], terminal, () => {})).toBe(1)
  rmSync(folder, { recursive: true })
})

test('a page of evidence runs nothing that it quotes', async () => {
  const tenant = await practice.tenant('acme')
  await superuser.tamper(`UPDATE connections SET purpose = '<script>alert(1)</script>' WHERE org_id = $1`, [
    tenant.orgId,
  ])
  const { text } = await report('gdpr_art30', 'html')
  expect(text).toContain('&lt;script&gt;alert(1)')
  expect(text).not.toContain('<script')
})

test('asking for evidence is itself audited', async () => {
  const tenant = await practice.tenant('acme')
  const rows = await superuser.sql<{ details: unknown }>(
    `SELECT details FROM audit_events WHERE org_id = $1 AND action = 'report.exported' ORDER BY sequence LIMIT 1`,
    [tenant.orgId],
  )
  expect(rows[0]?.details).toMatchObject({ kind: 'soc2_cc6_1' })
})
