import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { destroyOrgKeysIn, forgetOrgKeys, orgHmac, seal, withOpened } from './index.ts'

let practice: Practice
let superuser: Superuser
beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
})
afterAll(() => practice.stop())

const binding = { purpose: 'test', parts: ['row-1'] }
const gone = expect.objectContaining({ code: 'unavailable', internal: expect.stringMatching(/is gone$/) })

test("destroying one org's keys ends what they sealed, seals nothing new, and leaves every other org as it was", async () => {
  await practice.connectAccount({ org: 'shredded', user: 'u_1', person: 'ana' })
  await practice.connectAccount({ org: 'kept', user: 'u_1', person: 'ben' })
  const [tenant, other] = [await practice.tenant('shredded'), await practice.tenant('kept')]
  const sealed = await seal(tenant, binding, 'a secret')
  const kept = await seal(other, binding, 'a secret')
  const before = await superuser.sql<{ purpose: string; version: number; wrapped: Buffer }>(
    'SELECT purpose, version, wrapped FROM keyring.org_keys WHERE org_id = $1 ORDER BY purpose, version',
    [tenant.orgId],
  )
  const certificate = await forOrg(tenant, (tx) => destroyOrgKeysIn(tx, tenant))
  forgetOrgKeys(tenant)
  expect(before.length).toBeGreaterThan(0)
  expect(
    certificate.keys.map(({ purpose, version, wrapped_sha256 }) => [purpose, version, wrapped_sha256]),
  ).toEqual(
    before.map(({ purpose, version, wrapped }) => [
      purpose,
      version,
      createHash('sha256').update(wrapped).digest('hex'),
    ]),
  )
  const open = () => withOpened(tenant, binding, sealed, async (plaintext) => plaintext.toString())
  await expect(open()).rejects.toEqual(gone)
  await expect(seal(tenant, binding, 'more')).rejects.toEqual(gone)
  await expect(orgHmac(tenant, 'params', 'x')).rejects.toEqual(gone)
  expect(
    await superuser.sql(
      `SELECT 1 FROM keyring.org_keys WHERE org_id = $1 AND wrapped IS NOT NULL
       UNION ALL SELECT 1 FROM keyring.credential_keys WHERE org_id = $1`,
      [tenant.orgId],
    ),
  ).toEqual([])
  expect(await withOpened(other, binding, kept, async (plaintext) => plaintext.toString())).toBe('a secret')
  const again = await forOrg(tenant, (tx) => destroyOrgKeysIn(tx, tenant))
  expect(again.keys).toEqual([])
})
