import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { deployment } from '#lib/db'
import { publicId } from '#lib/ids'
import { publishedKeys } from '#lib/signing'
import type { Row } from '../event.ts'
import { exportStream } from '../export/stream.ts'
import { chainOf } from '../rows.ts'
import { setScene } from '../testing.ts'
import { verifyAudit } from '../verify.ts'
import { verifyAuditFile } from '../verify-file.ts'
import { headsInFile, headsInText, type Place, placesOf } from './places.ts'
import { signDueHeads, signHead } from './sign-heads.ts'

const scene = setScene('heads')
const { folder, egress, append, rebuild } = scene
const ids = async () => (await scene.rows()).map(({ id }) => publicId('audit_event', id))

const dropStored = () =>
  scene.superuser.tamper('DELETE FROM audit_checkpoints WHERE org_id = $1', [scene.tenant.orgId])

test('a signed head is on the disk before it is answered, under a published key, and names the one before it', async () => {
  await append(3)
  const first = await signHead(egress, scene.tenant)
  await append(2)
  const second = await signHead(egress, scene.tenant)
  expect(await signHead(egress, scene.tenant)).toEqual(second)
  const kept = await headsInFile(chainOf(scene.tenant), folder)
  expect(kept.map(({ sequence, jws }) => ({ sequence, jws }))).toEqual([
    { sequence: 3, jws: first?.jws },
    { sequence: 5, jws: second?.jws },
  ])
  expect(kept[0]?.prev).toBeNull()
  expect(kept[1]?.prev).toMatch(/^[0-9a-f]{64}$/)
  const published = (await publishedKeys()).map(({ kid }) => kid)
  expect(published).toContain(first?.kid)
  expect(await verifyAudit(scene.tenant)).toMatchObject({
    ok: true,
    events: 5,
    checkpoints: 2,
    signed_through: 5,
  })
})

test('a chain without events has no head to sign; the deployment has a chain of its own', async () => {
  expect(await signHead(egress, scene.tenant)).toBeNull()
  await append(1, deployment)
  const signed = await signHead(egress, deployment)
  expect(signed).toMatchObject({ org_id: '#deployment', chain: chainOf(deployment) })
  expect(await verifyAudit(deployment)).toMatchObject({ ok: true, signed_through: signed?.sequence })
})

const forgeries: Record<string, (rows: Row[]) => Row[]> = {
  'an event was changed': (rows) => rows.map((row) => (row.sequence === 2n ? { ...row, ip: null } : row)),
  'an event was deleted and the rest renumbered': (rows) => rows.filter(({ sequence }) => sequence !== 2n),
  'two events changed places': ([a, b, c, ...rest]) => [a, c, b, ...rest].flatMap((row) => row ?? []),
  'an event was slipped in': (rows) =>
    rows.flatMap((row) =>
      row.sequence === 2n ? [row, { ...row, id: crypto.randomUUID(), action: 'forged' }] : [row],
    ),
}
test.each(Object.entries(forgeries))('names where %s and all hashes were made anew', async (_, change) => {
  await append(2)
  await signHead(egress, scene.tenant)
  await append(4)
  const signed = await signHead(egress, scene.tenant)
  await append(2)
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: true, events: 8, signed_through: 6 })
  await rebuild(change)
  const after = await ids()
  const report = await verifyAudit(scene.tenant)
  // The first signed head that a change can be seen from: that of event 2, or of event 6 where 1 and 2 are as they were.
  const seen = report.contradicted_by?.sequence ?? 0
  expect([2, 6]).toContain(seen)
  expect(report).toMatchObject({
    ok: false,
    first_bad: after[seen - 1],
    contradicted_by: { sequence: seen, kid: signed?.kid, at: expect.any(String) },
    reason: expect.stringContaining('made anew'),
  })
})

test('names events that were cut off, head and all, by the signed head that had them', async () => {
  await append(5)
  const signed = await signHead(egress, scene.tenant)
  await rebuild((rows) => rows.slice(0, 3))
  const cut = {
    ok: false,
    events: 3,
    first_bad: null,
    reason: expect.stringContaining('events 4 to 5 were cut off'),
    contradicted_by: { sequence: 5, at: signed?.at },
  }
  expect(await verifyAudit(scene.tenant)).toMatchObject(cut)
  // Nor does it help to delete the database's own copy.
  await dropStored()
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ...cut, contradicted_by: { from: 'file' } })
  await scene.superuser.tamper('DELETE FROM audit_events WHERE org_id = $1', [scene.tenant.orgId])
  await scene.superuser.tamper('DELETE FROM audit_heads WHERE org_id = $1', [scene.tenant.orgId])
  expect(await verifyAudit(scene.tenant)).toMatchObject({
    ok: false,
    events: 0,
    contradicted_by: { sequence: 5, from: 'file' },
  })
})

test('a forged head contradicts nothing, and a signed one of another chain neither', async () => {
  await append(2)
  const signed = await signHead(egress, scene.tenant)
  const [header, , signature] = signed?.jws.split('.') ?? []
  const [real] = await headsInFile(chainOf(scene.tenant), folder)
  const { kid: _, jws: __, from: ___, ...payload } = real ?? ({} as never)
  const lie = Buffer.from(JSON.stringify({ ...payload, sequence: 9 })).toString('base64url')
  writeFileSync(join(folder, `${chainOf(scene.tenant)}.jsonl`), `${header}.${lie}.${signature}\nhalf a li`, {
    flag: 'a',
  })
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: true, events: 2, checkpoints: 1 })
  const other = await scene.other('other')
  await append(4, other)
  const foreign = await signHead(egress, other)
  writeFileSync(join(folder, `${chainOf(scene.tenant)}.jsonl`), `${foreign?.jws}\n`, { flag: 'a' })
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: true, events: 2 })
})

test('signs every chain that moved once, and again only after it has moved again', async () => {
  await append(1)
  await signDueHeads(egress, 0)
  const count = async () => (await headsInFile(chainOf(scene.tenant), folder)).length
  expect(await count()).toBe(1)
  await signDueHeads(egress, 0)
  expect(await count()).toBe(1)
  await append(1)
  await signDueHeads(egress, 3_600)
  expect(await count()).toBe(1)
  await signDueHeads(egress, 0)
  expect(await count()).toBe(2)
})

test('a place that does not take a head gets it later, and holds up no other', async () => {
  const taken: number[] = []
  let broken = true
  const flaky: Place = {
    name: 'webhook',
    keep: async ({ sequence }) => {
      if (broken) throw new Error('answered 503')
      taken.push(sequence)
    },
  }
  const file = placesOf(egress)
  await append(3)
  expect(await signHead(egress, scene.tenant, [...file, flaky])).toMatchObject({
    sequence: 3,
    pending: ['webhook'],
  })
  expect(await headsInFile(chainOf(scene.tenant), folder)).toHaveLength(1)
  broken = false
  expect(await signHead(egress, scene.tenant, [...file, flaky])).toMatchObject({ sequence: 3, pending: [] })
  expect(taken).toEqual([3])
  expect(await headsInFile(chainOf(scene.tenant), folder)).toHaveLength(1)
})

const file = join(folder, 'export.ndjson')
async function exported(filter = {}): Promise<string[]> {
  const text = await new Response(exportStream(scene.tenant, filter, 'ndjson')).text()
  writeFileSync(file, text)
  return text.trimEnd().split('\n')
}

test('an export is checked with nothing but the file, and against signed heads where there are some', async () => {
  await append(6)
  await signHead(egress, scene.tenant)
  const lines = await exported()
  expect(await verifyAuditFile(file)).toMatchObject({
    events: 6,
    chain: chainOf(scene.tenant),
    first: 1,
    last: 6,
    gapCount: 0,
    problem: null,
  })
  const heads = headsInText(readFileSync(join(folder, `${chainOf(scene.tenant)}.jsonl`), 'utf8'), 'heads')
  const keys = (await publishedKeys()).map(({ jwk }) => jwk)
  expect(await verifyAuditFile(file, { heads, keys })).toMatchObject({
    problem: null,
    heads: { agree: 1, signedThrough: 6, notGenuine: 0 },
  })
  const tampered: [string[], number][] = [
    [lines.map((line, at) => (at === 2 ? line.replace('"at":2', '"at":7') : line)), 3],
    [lines.map((line, at) => (at === 2 ? line.replace('203.0.113.7', '203.0.113.8') : line)), 3],
    [[lines[0], lines[2], lines[1], ...lines.slice(3)].flatMap((line) => line ?? []), 3],
    [[...lines.slice(0, 3), lines[2] ?? '', ...lines.slice(3)], 4],
    [[...lines.slice(0, 3), '{"half":'], 4],
  ]
  for (const [altered, line] of tampered) {
    writeFileSync(file, `${altered.join('\n')}\n`)
    expect((await verifyAuditFile(file)).problem).toMatchObject({ line })
  }
})

test('an export with a filter says that it leaves something out, and where', async () => {
  await append(6)
  const lines = await exported()
  writeFileSync(file, [lines[1], lines[2], lines[5]].join('\n'))
  expect(await verifyAuditFile(file)).toMatchObject({
    problem: null,
    events: 3,
    first: 2,
    gapCount: 1,
    gaps: [{ from: 4, to: 5 }],
  })
})

test('an export of a chain that was made anew is contradicted by the head that was signed before', async () => {
  await append(4)
  await signHead(egress, scene.tenant)
  const heads = await headsInFile(chainOf(scene.tenant), folder)
  await rebuild((rows) => rows.map((row) => (row.sequence === 2n ? { ...row, ip: null } : row)))
  await exported()
  expect((await verifyAuditFile(file)).problem).toBeNull()
  const keys = (await publishedKeys()).map(({ jwk }) => jwk)
  expect(await verifyAuditFile(file, { heads, keys })).toMatchObject({
    problem: { line: 4, reason: expect.stringContaining('signed') },
    heads: { contradict: { sequence: 4 } },
  })
  // Heads that some other key has signed say nothing.
  expect(await verifyAuditFile(file, { heads, keys: [] })).toMatchObject({
    problem: null,
    heads: { notGenuine: 1, agree: 0 },
  })
})
