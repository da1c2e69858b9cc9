import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg, lookupPeople } from '#lib/db'
import { newId } from '#lib/ids'
import { type OauthRig, startOauth } from './testing.ts'

let rig: OauthRig
beforeAll(async () => {
  rig = await startOauth()
}, 60_000)
afterAll(() => rig.stop())

/** So many users of an org's, of all of whom it says that this is their address. */
async function claim(orgName: string, count: number, email: string): Promise<string> {
  const tenant = await rig.org(orgName)
  const { orgId } = tenant
  const rows = Array.from({ length: count }, () => {
    const id = newId()
    return { org_id: orgId, id, external_id: id, groups: [], email }
  })
  await forOrg(tenant, (tx) => tx.end_users.createMany({ data: rows }))
  return orgId
}

test('an org that claims an address for many users pushes no other org off the list of whose it is', async () => {
  // Older, and more than the list is long.
  const loud = await claim('loud', 100, 'ana@people.test')
  const quiet = [
    await claim('quiet-one', 1, 'Ana@People.test'),
    await claim('quiet-two', 2, 'ana@people.test'),
  ]
  const found = Map.groupBy(await lookupPeople('ana@people.test'), ({ orgId }) => orgId)
  expect([...found.keys()].toSorted()).toEqual([loud, ...quiet].toSorted())
  expect([loud, ...quiet].map((org) => found.get(org)?.length)).toEqual([3, 1, 2])
})
