import { afterAll, beforeAll, expect, test } from 'vitest'
import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { issueToken, newHolder } from '../../../scripts/testing/access-tokens.ts'
import { type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import { startReaders } from '../../../scripts/testing/token-readers.ts'
import { createAgentIn, disableAgentIn } from '../index.ts'

let practice: Practice
let tenant: Tenant
let readers: Awaited<ReturnType<typeof startReaders>>
let agent = ''

beforeAll(async () => {
  practice = await startPractice()
  await practice.session({ org_id: 'acme', user_id: 'u_1' })
  tenant = await practice.tenant('acme')
  agent = (await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))).id
  readers = await startReaders(2)
}, 60_000)
afterAll(async () => {
  for (const { stop } of readers) stop()
  await practice.stop()
})

const everybody = (headers: Record<string, string>) => Promise.all(readers.map(({ read }) => read(headers)))

test('of two processes that get one proof, one lets it through, and it is good nowhere after that', async () => {
  const holder = await newHolder()
  const token = await issueToken({ org: 'acme', agent, cnf: { jkt: holder.jkt } })
  const url = `${config().publicUrl}/api/v1/tools`
  for (let round = 0; round < 5; round++) {
    const dpop = await holder.prove(token, { method: 'GET', url })
    const told = await everybody({ authorization: `DPoP ${token}`, dpop })
    expect(told.toSorted()).toEqual(['good', 'invalid_dpop_proof'])
    const again = await everybody({ authorization: `DPoP ${token}`, dpop })
    expect(again).toEqual(['invalid_dpop_proof', 'invalid_dpop_proof'])
  }
})

test('a disabled agent is refused its live token by every process within a second', async () => {
  const headers = { authorization: `Bearer ${await issueToken({ org: 'acme', agent })}` }
  expect(await everybody(headers)).toEqual(['good', 'good'])
  await forOrg(tenant, (tx) => disableAgentIn(tx, tenant, parseId('agent', agent) ?? ''))
  const disabled = performance.now()
  await expect
    .poll(() => everybody(headers), { interval: 20, timeout: 2_000 })
    .toEqual(['invalid_token', 'invalid_token'])
  expect(performance.now() - disabled).toBeLessThan(1_000)
})
