import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { publishedKeys } from '#lib/signing'
import { headsInFile } from './checkpoints/places.ts'
import { signHead } from './checkpoints/sign-heads.ts'
import { exportStream } from './export/stream.ts'
import { chainOf } from './rows.ts'
import { setScene } from './testing.ts'
import { verifyAuditFile } from './verify-file.ts'

const scene = setScene('file')
const file = join(scene.folder, 'export.ndjson')

async function exported(filter = {}): Promise<string[]> {
  writeFileSync(file, await new Response(exportStream(scene.tenant, filter, 'ndjson')).text())
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}
const check = (lines: readonly string[], given = {}) => {
  writeFileSync(file, `${lines.join('\n')}\n`)
  return verifyAuditFile(file, given)
}

test('every byte of an export counts: changed, doubled or added, it is named by its line', async () => {
  await scene.append(3)
  const lines = await exported()
  const second = lines[1] ?? ''
  expect((await check(lines)).problem).toBeNull()
  const changed: Record<string, string> = {
    'another organization': second.replace(`"org_id":"${scene.tenant.externalId}"`, '"org_id":"globex"'),
    'a name that stands twice': second.replace('"ip":', '"ip":"198.51.100.1","ip":'),
    'another way to write the moment': second.replace(/\.(\d{3})Z"/, '.$1+00:00"'),
    'a space': second.replace('","', '", "'),
    'one more field': second.replace('{', '{"note":"x",'),
    'a number as text': second.replace('"sequence":2', '"sequence":"2"'),
    'an id in capitals': second.replace(/"id":"ae_[0-9a-f]+"/, (id) =>
      id.toUpperCase().replace('"ID":"AE_', '"id":"ae_'),
    ),
    'no object': '[]',
    nothing: 'null',
  }
  for (const [what, line] of Object.entries(changed)) {
    expect(line, what).not.toBe(second)
    const { problem } = await check([lines[0] ?? '', line, lines[2] ?? ''])
    expect(problem?.line, what).toBe(2)
  }
  // Each byte of one line in turn, by its lowest bit.
  const bytes = Buffer.from(second)
  for (let at = 0; at < bytes.length; at += 7) {
    const other = Buffer.from(bytes)
    other[at] = (other[at] ?? 0) ^ 1
    writeFileSync(file, Buffer.concat([Buffer.from(`${lines[0]}\n`), other, Buffer.from(`\n${lines[2]}\n`)]))
    expect((await verifyAuditFile(file)).problem, `byte ${at}`).not.toBeNull()
  }
})

test('a file whose every line names another organization is found out by a signed head', async () => {
  await scene.append(3)
  await signHead(scene.egress, scene.tenant)
  const heads = await headsInFile(chainOf(scene.tenant), scene.folder)
  const keys = (await publishedKeys()).map(({ jwk }) => jwk)
  const lines = await exported()
  const renamed = lines.map((line) => line.replace(/"org_id":"[^"]+"/, '"org_id":"globex"'))
  expect((await check(renamed)).problem).toBeNull()
  expect((await check(renamed, { heads, keys })).problem).toMatchObject({
    line: 3,
    reason: expect.stringContaining(`calls its organization ${scene.tenant.externalId}`),
  })
})

test('a file whose end was cut off is told from what had happened when a later head was signed', async () => {
  await scene.append(5)
  await signHead(scene.egress, scene.tenant)
  const heads = await headsInFile(chainOf(scene.tenant), scene.folder)
  const keys = (await publishedKeys()).map(({ jwk }) => jwk)
  const lines = await exported()
  expect((await check(lines, { heads, keys })).heads.beyond).toBeNull()
  const cut = await check(lines.slice(0, 3), { heads, keys })
  expect(cut).toMatchObject({ problem: null, last: 3, heads: { beyond: { sequence: 5 } } })
  expect((await check(lines.slice(0, 3), { heads, keys: [] })).heads.beyond).toBeNull()
})

test('two exports in one file are told apart, of two organizations and of one', async () => {
  await scene.append(3)
  const lines = await exported()
  const other = await scene.other('other')
  await scene.append(2, other)
  const foreign = (await new Response(exportStream(other, {}, 'ndjson')).text()).trimEnd().split('\n')
  expect((await check([...lines, ...foreign])).problem).toMatchObject({
    line: 4,
    reason: 'it is of another chain',
  })
  expect((await check([...lines, ...lines])).problem).toMatchObject({ line: 4 })
  expect((await check([lines[0] ?? '', foreign[1] ?? '', lines[2] ?? ''])).problem).toMatchObject({ line: 2 })
})

test('part of a chain is checked from where it begins, and says so', async () => {
  await scene.append(6)
  const lines = await exported()
  expect(await check(lines.slice(2, 5))).toMatchObject({
    problem: null,
    first: 3,
    last: 5,
    events: 3,
    gapCount: 0,
  })
  const altered = lines.slice(2, 5).map((line) => line.replace('203.0.113.7', '203.0.113.8'))
  expect((await check(altered)).problem).toMatchObject({ line: 1 })
})
