import { afterAll, expect, test } from 'vitest'
import { disconnect } from '#lib/db'
import { systemCaller } from '#lib/identity'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { listAudit } from './read.ts'
import { noteView } from './views.ts'

afterAll(disconnect)

test('whoever looks at records is recorded, once while they page through them, and each of them and each kind', async () => {
  const tenant = await ensureOrg(systemCaller('test'), 'acme', prepareOrgKeys)
  const [ana, ben] = [
    { type: 'member', id: 'mem_1' },
    { type: 'key', id: 'key_1' },
  ]
  const hour = 3_600_000
  for (let page = 0; page < 5; page++) await noteView(tenant, ana, null, 'audit', hour)
  await noteView(tenant, ben, null, 'audit', hour)
  await noteView(tenant, ana, null, 'execution', hour)
  await noteView(tenant, ana, null, 'audit', 2 * hour)
  const told = (await listAudit(tenant, {}, null, 10)).map(({ action, actor, details }) => ({
    action,
    by: actor.id,
    ...details,
  }))
  expect(told.reverse()).toEqual([
    { action: 'audit.read', by: 'mem_1', further_since_last: 0 },
    { action: 'audit.read', by: 'key_1', further_since_last: 0 },
    { action: 'execution.read', by: 'mem_1', further_since_last: 0 },
    { action: 'audit.read', by: 'mem_1', further_since_last: 4 },
  ])
})

test('whoever reads everything within minutes and never comes back is told to have read it', async () => {
  const tenant = await ensureOrg(systemCaller('test'), 'globex', prepareOrgKeys)
  const ana = { type: 'member', id: 'mem_1' }
  for (let page = 0; page < 120; page++) await noteView(tenant, ana, null, 'audit', 1)
  const told = (await listAudit(tenant, {}, null, 10)).map(({ details }) => details.further_since_last)
  expect(told.reverse()).toEqual([0, 10, 100])
})
