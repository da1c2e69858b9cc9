import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { bundleOfSource, createDraft, publishDraft } from '#lib/policy'
import type { Caller, CallFacts, Tenant } from '#lib/proof'
import { sealLed, withOpenedLed } from '#lib/vault'
import { key } from '#runtime'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { factsBinding } from './intent.ts'
import { replayPolicy } from './replay.ts'

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let caller: Caller
let keyId = ''
let account = ''

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  const connected = await practice.connectAccount({ org: 'acme', user: 'u_1' })
  account = connected.connected_account_id ?? ''
  tenant = await practice.tenant('acme')
  const made = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles: [] }))
  keyId = made.id
  caller = await key('execute')(practice.authorization(made.secret))
  const source = 'permit(principal, action, resource);'
  const by = { type: 'test', id: 'test' }
  const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
  await publishDraft(tenant, parseId('policy_version', draft.id) ?? '', { force: false }, by, async () => {})
})
afterAll(() => practice.stop())

type Row = { id: string; sealed_facts: Buffer }
const recorded = () =>
  superuser.sql<Row>('SELECT id, sealed_facts FROM executions WHERE org_id = $1 ORDER BY id', [tenant.orgId])
const opened = ({ id, sealed_facts }: Row) =>
  withOpenedLed(
    tenant,
    factsBinding(id),
    sealed_facts,
    async (plain) => JSON.parse(plain.toString()) as CallFacts,
  )

test('policies name the key that calls as the API does; what was recorded by the id of its row is replayed all the same', async () => {
  const call = () =>
    practice.execute({ connected_account_id: account, tool_name: 'sandbox.list_tasks' }, caller)
  await call()
  await call()
  const [older, newer] = await recorded()
  if (!older || !newer) throw new Error('nothing is recorded')
  const facts = await opened(newer)
  expect(facts.caller).toEqual({ type: 'api_key', id: keyId })

  const before = { ...facts, caller: { type: 'api_key', id: parseId('api_key', keyId) } }
  const sealed = await sealLed(tenant, factsBinding(older.id), JSON.stringify(before))
  await superuser.tamper('UPDATE executions SET sealed_facts = $2 WHERE id = $1', [older.id, sealed])
  const source = `permit(principal, action, resource);
    @id("that-key") forbid(principal == Product::"${keyId}", action, resource);`
  const version = { id: crypto.randomUUID(), number: 2, engine: 'cedar' as const, source }
  const { bundle, problems } = await bundleOfSource(tenant, version)
  expect(problems).toEqual([])
  const page = await replayPolicy(tenant, bundle, { limit: 10, after: null }, AbortSignal.timeout(10_000))
  expect(page.judged).toBe(2)
  expect(page.data.map(({ draft }) => draft.policy_ids)).toEqual([['v2:that-key'], ['v2:that-key']])
})
