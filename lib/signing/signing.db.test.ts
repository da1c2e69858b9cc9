import { calculateJwkThumbprint, compactVerify, exportJWK, generateKeyPair, importJWK } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendAudit } from '#lib/audit'
import { deployment, disconnect, type Tx } from '#lib/db'
import { seal } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { publishedKeys, rotateSigningKey, signer } from './index.ts'
import { forgetSigner } from './sign.ts'

let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
})
afterAll(() => disconnect())

const bytes = new TextEncoder().encode('what is signed')
const record = (tx: Tx, { kid, retired }: { kid: string; retired: string | null }) =>
  appendAudit(tx, deployment, {
    action: 'signing_key.rotated',
    outcome: 'allowed',
    actor: { type: 'system', id: 'test' },
    details: { kid, retired },
  })

async function keyThatVerifies(jws: string): Promise<string | null> {
  for (const { jwk, kid } of await publishedKeys()) {
    const good = await compactVerify(jws, await importJWK(jwk, 'ES256')).catch(() => null)
    if (good) return kid
  }
  return null
}

test('many processes that make the first key at once make one', async () => {
  const lists = await Promise.all(Array.from({ length: 8 }, () => publishedKeys()))
  expect(new Set(lists.flat().map(({ kid }) => kid)).size).toBe(1)
})

test('what was signed before a rotation is checked by a published key after it, and the old key is destroyed', async () => {
  const before = await signer()
  const old = await before.sign('test+jws', bytes)
  const kid = await rotateSigningKey(record)
  expect(kid).not.toBe(before.kid)
  const after = await signer()
  expect(after.kid).toBe(kid)
  expect(await keyThatVerifies(old)).toBe(before.kid)
  expect(await keyThatVerifies(await after.sign('test+jws', bytes))).toBe(kid)
  const rows = await superuser.sql(
    'SELECT kid, sealed_private IS NULL AS destroyed, retired_at IS NULL AS current FROM signing_keys ORDER BY created_at',
  )
  expect(rows).toEqual([
    { kid: before.kid, destroyed: true, current: false },
    { kid, destroyed: false, current: true },
  ])
  const [event] = await superuser.sql(
    `SELECT details FROM audit_events WHERE action = 'signing_key.rotated' AND org_id = $1`,
    [deployment.orgId],
  )
  expect(event?.details).toMatchObject({ kid, retired: before.kid })
})

test('a key is rotated by age when it is old, and by many at once only one time', async () => {
  expect(await rotateSigningKey(record, 90)).toBeNull()
  await superuser.tamper(
    `UPDATE signing_keys SET created_at = now() - interval '91 days' WHERE retired_at IS NULL`,
  )
  const before = (await publishedKeys()).length
  const rotated = await Promise.all(Array.from({ length: 4 }, () => rotateSigningKey(record, 90)))
  expect(rotated.filter((kid) => kid !== null)).toHaveLength(1)
  expect(await publishedKeys()).toHaveLength(before + 1)
})

test('the private part opens under its own row alone, and stands nowhere in the clear', async () => {
  const [row] = await superuser.sql<{ id: string; sealed_private: Buffer }>(
    'SELECT id, sealed_private FROM signing_keys WHERE retired_at IS NULL',
  )
  const foreign = await seal(deployment, { purpose: 'signing_key', parts: ['another row'] }, bytes)
  await superuser.tamper('UPDATE signing_keys SET sealed_private = $2 WHERE id = $1', [
    row?.id,
    foreign.sealed,
  ])
  forgetSigner()
  await expect(signer()).rejects.toMatchObject({ code: 'unavailable' })
  await superuser.tamper('UPDATE signing_keys SET sealed_private = $2 WHERE id = $1', [
    row?.id,
    row?.sealed_private,
  ])
  expect((await signer()).kid).toBeTruthy()
  // A PKCS #8 key of this curve begins with these bytes; the sealed form holds none of it.
  expect(row?.sealed_private.includes(Buffer.from('2a8648ce3d0301', 'hex'))).toBe(false)
})

/** A key of somebody's own, as its row would be. */
async function stranger() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const { kty, crv, x, y } = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint({ kty, crv, x, y } as never)
  return { kid, jwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }, privateKey }
}

test('a key that somebody put among ours is not published, and after a rotation neither', async () => {
  const { kid, jwk } = await stranger()
  const before = (await publishedKeys()).map((key) => key.kid)
  await superuser.tamper(
    `INSERT INTO signing_keys (org_id, id, kid, alg, public_jwk, retired_at)
     VALUES ($1, gen_random_uuid(), $2, 'ES256', $3, now())`,
    [deployment.orgId, kid, jwk],
  )
  expect((await publishedKeys()).map((key) => key.kid)).toEqual(before)
  const rotated = await rotateSigningKey(record)
  expect((await publishedKeys()).map((key) => key.kid)).toEqual([rotated, ...before])
  await superuser.tamper('DELETE FROM signing_keys WHERE kid = $1', [kid])
})

test('a key that was sealed before keys vouched for each other vouches from its next use on', async () => {
  const { kid, jwk, privateKey } = await stranger()
  const before = (await publishedKeys()).map((key) => key.kid)
  const [row] = await superuser.sql<{ id: string }>('SELECT id FROM signing_keys WHERE retired_at IS NULL')
  const id = row?.id ?? ''
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey as CryptoKey))
  const old = await seal(deployment, { purpose: 'signing_key', parts: [id] }, pkcs8)
  await superuser.tamper(
    'UPDATE signing_keys SET kid = $2, public_jwk = $3, sealed_private = $4, key_version = $5 WHERE id = $1',
    [id, kid, jwk, old.sealed, old.keyVersion],
  )
  forgetSigner()
  expect((await publishedKeys()).map((key) => key.kid)).toEqual([kid, ...before.slice(1)])
  const late = await stranger()
  await superuser.tamper(
    `INSERT INTO signing_keys (org_id, id, kid, alg, public_jwk, retired_at)
     VALUES ($1, gen_random_uuid(), $2, 'ES256', $3, now())`,
    [deployment.orgId, late.kid, late.jwk],
  )
  forgetSigner()
  expect((await publishedKeys()).map((key) => key.kid)).not.toContain(late.kid)
  expect(await keyThatVerifies(await (await signer()).sign('test+jws', bytes))).toBe(kid)
})

test('the application can take no public key back and change none', async () => {
  const [may] = await superuser.sql(
    `SELECT has_table_privilege('behalf_runtime', 'signing_keys', 'DELETE') AS "delete",
       has_column_privilege('behalf_runtime', 'signing_keys', 'public_jwk', 'UPDATE') AS change,
       has_column_privilege('behalf_runtime', 'signing_keys', 'kid', 'UPDATE') AS rename`,
  )
  expect(may).toEqual({ delete: false, change: false, rename: false })
})
