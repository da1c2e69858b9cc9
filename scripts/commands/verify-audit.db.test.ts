import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendAudit, signHead } from '#lib/audit'
import { disconnect, forOrg } from '#lib/db'
import { createEgress } from '#lib/egress'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { publishedKeys } from '#lib/signing'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { GET as exportEvents } from '../../app/api/v1/audit_events/export/route.ts'
import { GET as verifyEvents } from '../../app/api/v1/audit_events/verify/route.ts'
import { useSuperuser } from '../testing/superuser.ts'
import { operator } from './here.ts'
import { runCommand } from './index.ts'

const rootKey = 'bhf_sk_root_key_of_the_audit_tests_0123456789'
process.env.BEHALF_ROOT_KEY = rootKey
const folder = mkdtempSync(join(tmpdir(), 'behalf-verify-'))
process.env.BEHALF_CHECKPOINT_DIR = folder
const egress = createEgress({ allow: [], default: 'deny' })
const file = join(folder, 'audit.ndjson')
const keys = join(folder, 'jwks.json')
let acme: Tenant
let heads: string
let superuser: Awaited<ReturnType<typeof useSuperuser>>

const append = (n: number) =>
  forOrg(acme, async (tx) => {
    for (let at = 0; at < n; at++)
      await appendAudit(tx, acme, {
        action: 'test.done',
        outcome: 'allowed',
        actor: { type: 'key', id: '=1+1' },
        details: { at },
      })
  })

beforeAll(async () => {
  superuser = await useSuperuser()
  acme = await ensureOrg(operator, 'acme', prepareOrgKeys)
  heads = join(folder, `${publicId('organization', acme.orgId)}.jsonl`)
  writeFileSync(keys, JSON.stringify({ keys: (await publishedKeys()).map(({ jwk }) => jwk) }))
  await append(4)
  await signHead(egress, acme)
})
afterAll(async () => {
  await egress.close()
  await disconnect()
  rmSync(folder, { recursive: true, force: true })
})

async function behalf(...words: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const terminal = { env: process.env, print: (line: string) => void out.push(line) }
  const code = await runCommand(words, terminal, (line) => void errors.push(line))
  return { code, out: out.join('\n'), errors }
}

const ask = (handler: typeof exportEvents, query: Record<string, string>) =>
  handler(
    new Request(`http://localhost/api/v1/audit_events/export?${new URLSearchParams(query)}`, {
      headers: { authorization: `Bearer ${rootKey}` },
    }),
    { params: Promise.resolve({}) },
  )
const exported = async (query: Record<string, string> = {}) =>
  (await ask(exportEvents, { org_id: 'acme', ...query })).text()

test('a downloaded export is checked with nothing but files, and the answer says what it proves and what not', async () => {
  writeFileSync(file, await exported())
  const alone = await behalf('verify-audit', file)
  expect(alone.code).toBe(0)
  expect(alone.out).toMatch(/5 events of acme .* 1 to 5, none was changed/)
  expect(alone.out).toContain('nothing is left out between the first and the last')
  expect(alone.out).toContain('NOT PROVEN: that nobody made all of it anew')
  expect(alone.out).toMatch(/checked at \d+ events\/s/)
  const held = await behalf('verify-audit', file, '--checkpoints', heads, '--keys', keys)
  expect(held).toMatchObject({ code: 0 })
  expect(held.out).toContain('1 signed heads agree, the last at event 4')
  expect(held.out).toContain('NOT PROVEN: events 5 to 5 came after it')
})

test('an altered export is named by line and event, with exit code 1', async () => {
  const lines = (await exported()).trimEnd().split('\n')
  writeFileSync(
    file,
    lines.map((line, at) => (at === 1 ? line.replace('"at":1', '"at":9') : line)).join('\n'),
  )
  const { code, out } = await behalf('verify-audit', file)
  expect(code).toBe(1)
  expect(out).toMatch(
    /ALTERED at line 2 after 1 good events; event ae_[0-9a-f]{32}: its fields are not those/,
  )
})

test('an export with a filter says that it has gaps', async () => {
  writeFileSync(file, await exported({ action: 'audit.exported' }))
  const { code, out } = await behalf('verify-audit', file)
  expect(code).toBe(0)
  expect(out).toMatch(/NOT PROVEN: what came before event 5/)
})

test('csv and ocsf have every event, and what a spreadsheet would run is quoted', async () => {
  const csv = await exported({ format: 'csv', action: 'test.done' })
  expect(csv.trimEnd().split('\r\n')).toHaveLength(5)
  const ocsf = (await exported({ format: 'ocsf', action: 'test.done' })).trimEnd().split('\n')
  expect(ocsf.map((line) => (JSON.parse(line) as { class_uid: number }).class_uid)).toEqual([
    6003, 6003, 6003, 6003,
  ])
})

test('the database’s own chain is held against heads and keys that were kept elsewhere', async () => {
  const elsewhere = join(folder, 'from-the-bucket.jws')
  const [line = ''] = readFileSync(heads, 'utf8').trim().split('\n')
  writeFileSync(elsewhere, (JSON.parse(line) as { jws: string }).jws)
  const kept = await behalf('verify-audit', 'acme', '--checkpoints', elsewhere, '--keys', keys)
  expect(kept).toMatchObject({ code: 0 })
  // With the keys of somebody else the same heads are of keys that are not there.
  const foreign = join(folder, 'foreign.json')
  writeFileSync(foreign, '{"keys":[]}')
  const refused = await behalf('verify-audit', 'acme', '--checkpoints', elsewhere, '--keys', foreign)
  expect(refused.code).toBe(1)
  expect(refused.out).toContain('not among the published ones')
})

test('the database’s own chain is held against signed heads by the command and by the API', async () => {
  const good = await behalf('verify-audit', 'acme')
  expect(good).toMatchObject({ code: 0 })
  expect(good.out).toContain('1 signed heads agree, the last at event 4')
  await superuser.tamper('DELETE FROM audit_events WHERE org_id = $1 AND sequence > 2', [acme.orgId])
  await superuser.tamper(
    `UPDATE audit_heads SET sequence = 2, hash = (SELECT hash FROM audit_events WHERE org_id = $1 AND sequence = 2)
     WHERE org_id = $1`,
    [acme.orgId],
  )
  const cut = await behalf('verify-audit', 'acme')
  expect(cut.code).toBe(1)
  expect(cut.out).toContain('events 3 to 4 were cut off')
  expect(cut.out).toContain('contradicted by the signed head of event 4')
  const answer = await ask(verifyEvents, { org_id: 'acme' })
  expect(await answer.json()).toMatchObject({ ok: false, contradicted_by: { sequence: 4 } })
})
