// Somebody who can write anything into the database, and wants an act of theirs not to have happened.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { expect, test } from 'vitest'
import { makeAuditPartitions } from '#lib/db'
import { deploymentOrgId } from '#lib/ids'
import { publishedKeys } from '#lib/signing'
import { encodeHead, floorType, headType } from './checkpoints/head.ts'
import { headsInFile } from './checkpoints/places.ts'
import { signDueHeads, signHead } from './checkpoints/sign-heads.ts'
import { hashOf, type Row } from './event.ts'
import { retainAudit } from './retention.ts'
import { chainOf } from './rows.ts'
import { setScene } from './testing.ts'
import { verifyAudit } from './verify.ts'

const scene = setScene('superuser')
const { append, rebuild, egress } = scene
const sql = (text: string, values: unknown[] = []) => scene.superuser.tamper(text, values)
const heads = () => headsInFile(chainOf(scene.tenant), scene.folder)
const bad = (reason: string) => ({ ok: false, reason: expect.stringContaining(reason) })

/** A key pair of the intruder's own, put among the deployment's as one that signed before. */
async function plantKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const { kty, crv, x, y } = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint({ kty, crv, x, y } as never)
  const jwk = { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }
  await sql(
    `INSERT INTO signing_keys (org_id, id, kid, alg, public_jwk, retired_at)
     VALUES ($1, gen_random_uuid(), $2, 'ES256', $3, now())`,
    [deploymentOrgId, kid, jwk],
  )
  const sign = (typ: string, { sequence, hash }: Pick<Row, 'sequence' | 'hash'>) =>
    new CompactSign(
      encodeHead({
        v: 1,
        chain: chainOf(scene.tenant),
        org_id: scene.tenant.externalId,
        sequence: Number(sequence),
        hash,
        at: new Date().toISOString(),
        prev: null,
      }),
    )
      .setProtectedHeader({ alg: 'ES256', typ, kid })
      .sign(privateKey)
  return { kid, jwk, sign, remove: () => sql('DELETE FROM signing_keys WHERE kid = $1', [kid]) }
}

test('a key that the intruder put among ours signs no floor and no head, and is published nowhere', async () => {
  await append(4)
  await signHead(egress, scene.tenant)
  await append(2)
  const planted = await plantKey()
  const rows = await scene.rows()
  const third = rows[2] as Row
  await sql('DELETE FROM audit_events WHERE org_id = $1 AND sequence <= 3', [scene.tenant.orgId])
  await sql('INSERT INTO audit_floors (org_id, sequence, hash, jws, at) VALUES ($1, 3, $2, $3, now())', [
    scene.tenant.orgId,
    third.hash,
    await planted.sign(floorType, third),
  ])
  expect(await verifyAudit(scene.tenant)).toMatchObject(bad('no signed statement'))
  expect((await publishedKeys()).map(({ kid }) => kid)).not.toContain(planted.kid)
  await planted.remove()
})

test('a public key of ours that was replaced under its own name is not taken for ours', async () => {
  await append(1)
  await signHead(egress, scene.tenant)
  const planted = await plantKey()
  const [before] = await scene.superuser.sql(
    'SELECT id, public_jwk FROM signing_keys WHERE retired_at IS NULL',
  )
  await sql(
    'UPDATE signing_keys SET public_jwk = $2::jsonb || jsonb_build_object($3::text, kid) WHERE id = $1',
    [before?.id, JSON.stringify(planted.jwk), 'kid'],
  )
  const keys = await publishedKeys()
  expect(keys.map(({ jwk }) => jwk.x)).not.toContain(planted.jwk.x)
  await sql('UPDATE signing_keys SET public_jwk = $2 WHERE id = $1', [before?.id, before?.public_jwk])
  await planted.remove()
})

test('heads of a key that was deleted are named and not passed over', async () => {
  await append(3)
  await signHead(egress, scene.tenant)
  const path = join(scene.folder, `${chainOf(scene.tenant)}.jsonl`)
  const planted = await plantKey()
  const [, last] = (await scene.rows()).slice(-2)
  writeFileSync(path, `${await planted.sign(headType, last as Row)}\n`, { flag: 'a' })
  await planted.remove()
  expect(await verifyAudit(scene.tenant)).toMatchObject(bad(`key ${planted.kid}`))
})

test('signing goes on though a head of the far future was slipped in, and the forgery is named', async () => {
  await append(2)
  await signDueHeads(egress, 0)
  const forged = `INSERT INTO audit_checkpoints (org_id, day, sequence, hash, jws, at) VALUES
    ($1, '9999-12-31', 9007199254740991, repeat('0', 64), 'none', '2999-01-01')`
  await sql(forged, [scene.tenant.orgId])
  await append(2)
  await signDueHeads(egress, 0)
  expect((await heads()).map(({ sequence }) => sequence)).toContain(4)
  expect(await verifyAudit(scene.tenant)).toMatchObject(bad('9999-12-31'))
})

test.each(['sequence = sequence + 1', `hash = repeat('0', 64)`, `jws = 'x' || jws`])(
  'a stored head that no longer says what was signed is named: %s',
  async (change) => {
    await append(2)
    await signHead(egress, scene.tenant)
    await sql(`UPDATE audit_checkpoints SET ${change} WHERE org_id = $1`, [scene.tenant.orgId])
    expect(await verifyAudit(scene.tenant)).toMatchObject(bad('stored signed head'))
  },
)

test("two organizations' chains that changed names are named", async () => {
  const other = await scene.other('other')
  for (const of of [scene.tenant, other]) {
    await append(2, of)
    await signHead(egress, of)
  }
  // As the application sees them once the rows of the organizations have changed their names.
  const swapped = { ...scene.tenant, externalId: other.externalId }
  expect(await verifyAudit(swapped)).toMatchObject(bad(`calls its organization ${scene.tenant.externalId}`))
})

test("events of another organization's chain, moved under this one's id, are named", async () => {
  const other = await scene.other('other')
  await append(3)
  await append(3, other)
  await signHead(egress, scene.tenant)
  await sql('DELETE FROM audit_events WHERE org_id = $1', [scene.tenant.orgId])
  await sql('UPDATE audit_events SET org_id = $1 WHERE org_id = $2', [scene.tenant.orgId, other.orgId])
  await sql(
    'UPDATE audit_heads h SET hash = o.hash FROM audit_heads o WHERE h.org_id = $1 AND o.org_id = $2',
    [scene.tenant.orgId, other.orgId],
  )
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: false, events: 0 })
})

test('events, head and signed heads that were put back to an older state are contradicted from outside', async () => {
  await append(3)
  await signHead(egress, scene.tenant)
  const old = await scene.superuser.sql('SELECT * FROM audit_checkpoints WHERE org_id = $1', [
    scene.tenant.orgId,
  ])
  await append(3)
  await signHead(egress, scene.tenant)
  await rebuild((rows) => rows.slice(0, 3))
  await sql('UPDATE audit_checkpoints SET sequence = 3, hash = $2, jws = $3 WHERE org_id = $1', [
    scene.tenant.orgId,
    old[0]?.hash,
    old[0]?.jws,
  ])
  expect(await verifyAudit(scene.tenant)).toMatchObject({
    ...bad('events 4 to 6 were cut off'),
    contradicted_by: { from: 'file' },
  })
  // What happens next gets the numbers anew: then the head of one of them says another hash.
  await append(4)
  expect(await verifyAudit(scene.tenant)).toMatchObject(bad('older state'))
})

test('retention signs away no event that was made to look old', async () => {
  await append(6)
  await signHead(egress, scene.tenant)
  await sql(
    `UPDATE audit_events SET occurred_at = occurred_at - interval '400 days' WHERE org_id = $1 AND sequence <= 4`,
    [scene.tenant.orgId],
  )
  await expect(retainAudit(scene.tenant, 365)).rejects.toThrow(/its fields are not those/)
  expect((await scene.rows()).length).toBe(6)
})

test('nor where all hashes were made anew with it, as a signed head says otherwise', async () => {
  await append(6)
  await signHead(egress, scene.tenant)
  await append(1)
  const old = (row: Row) => new Date(row.occurred_at.getTime() - 400 * 86_400_000)
  await rebuild((rows) => rows.map((row) => (row.sequence <= 4n ? { ...row, occurred_at: old(row) } : row)))
  await expect(retainAudit(scene.tenant, 365)).rejects.toThrow(/signed head/)
  // Without any head that is genuine nothing goes at all, whatever the table of heads says.
  await sql(`UPDATE audit_checkpoints SET jws = 'none' WHERE org_id = $1`, [scene.tenant.orgId])
  rmSync(join(scene.folder, `${chainOf(scene.tenant)}.jsonl`))
  await expect(retainAudit(scene.tenant, 365)).rejects.toThrow(/signed head/)
  expect((await scene.rows()).length).toBe(7)
})

test('a partition that was taken off is missed', async () => {
  await append(3)
  await signHead(egress, scene.tenant)
  const [home] = await scene.superuser.sql<{ name: string }>(
    'SELECT DISTINCT tableoid::regclass::text AS name FROM audit_events WHERE org_id = $1',
    [scene.tenant.orgId],
  )
  const [bounds] = await scene.superuser.sql<{ bounds: string }>(
    'SELECT pg_get_expr(relpartbound, oid) AS bounds FROM pg_class WHERE oid = $1::regclass',
    [home?.name],
  )
  await scene.superuser.sql(`ALTER TABLE audit_events DETACH PARTITION ${home?.name}`)
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: false, events: 0 })
  await scene.superuser.sql(`ALTER TABLE audit_events ATTACH PARTITION ${home?.name} ${bounds?.bounds}`)
  expect(await makeAuditPartitions(3)).toBe(0)
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: true, events: 3 })
})

test('a twin of an event in another month, under the same number, is named', async () => {
  await append(3)
  const [, second] = await scene.rows()
  const later = { ...(second as Row), occurred_at: new Date(Date.now() + 40 * 86_400_000) }
  await sql(`INSERT INTO audit_events SELECT * FROM jsonb_populate_record(NULL::audit_events, $1::jsonb)`, [
    JSON.stringify({ ...later, sequence: '2', hash: hashOf(later) }),
  ])
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: false, events: 2 })
})

test('an old signed head that was put in the place of the last proves no less than the folder does', async () => {
  await append(2)
  const first = await signHead(egress, scene.tenant)
  await append(2)
  await signHead(egress, scene.tenant)
  await sql('UPDATE audit_checkpoints SET sequence = 2, hash = $2, jws = $3 WHERE org_id = $1', [
    scene.tenant.orgId,
    first?.hash,
    first?.jws,
  ])
  expect(await verifyAudit(scene.tenant)).toMatchObject({ ok: true, signed_through: 4 })
  expect(
    readFileSync(join(scene.folder, `${chainOf(scene.tenant)}.jsonl`), 'utf8')
      .trim()
      .split('\n'),
  ).toHaveLength(2)
})
