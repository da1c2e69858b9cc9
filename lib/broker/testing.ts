// For tests of calls that wait for people: the routes that they go through, and an org whose policy asks about everything.
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { sweepApprovals } from '#lib/approvals'
import { sweepExecutions } from '#lib/broker'
import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { createDraft, publishDraft } from '#lib/policy'
import type { Tenant } from '#lib/proof'
import { jobs } from '#runtime'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'

type Route = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>

export let practice: Practice
export let superuser: Superuser
let routes: Record<'execute' | 'list' | 'show' | 'withdraw' | 'approve' | 'deny', Route>
export let tenant: Tenant
export let account = ''
let orgs = 0

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  const [execute, all, one, approve, deny] = await Promise.all([
    import('../../app/api/v1/tools/execute/route.ts'),
    import('../../app/api/v1/approvals/route.ts'),
    import('../../app/api/v1/approvals/[id]/route.ts'),
    import('../../app/api/v1/approvals/[id]/approve/route.ts'),
    import('../../app/api/v1/approvals/[id]/deny/route.ts'),
  ])
  routes = {
    execute: execute.POST,
    list: all.GET,
    show: one.GET,
    withdraw: one.DELETE,
    approve: approve.POST,
    deny: deny.POST,
  }
})
afterAll(() => practice.stop())

const asks = '@id("people") @decision("ask") @reason("Look first.") permit(principal, action, resource);'

beforeEach(async () => {
  const org = `org-${++orgs}`
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1' })
  account = connected_account_id ?? ''
  tenant = await practice.tenant(org)
  await publish(asks)
  await practice.reset()
})

export async function publish(source: string) {
  const by = { type: 'system', id: 'test' }
  const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
  expect(draft.problems).toEqual([])
  await publishDraft(tenant, parseId('policy_version', draft.id) ?? '', { force: false }, by, async () => {})
}

export type Key = { secret: string; id: string }
export async function newKey(...roles: string[]): Promise<Key> {
  const made = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles }))
  return { secret: made.secret, id: parseId('api_key', made.id) ?? '' }
}

const methods = {
  execute: 'POST',
  list: 'GET',
  show: 'GET',
  withdraw: 'DELETE',
  approve: 'POST',
  deny: 'POST',
}

export async function call(
  what: keyof typeof routes,
  as: Key,
  { id = '', body, key: once }: { id?: string; body?: Record<string, unknown>; key?: string } = {},
) {
  const request = new Request(`http://localhost/api/v1/${what}/${id}`, {
    method: methods[what],
    headers: {
      authorization: `Bearer ${as.secret}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(once !== undefined && { 'idempotency-key': once }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await routes[what](request, { params: Promise.resolve({ id }) })
  const replayed = response.headers.get('idempotency-replayed')
  return { status: response.status, body: await response.json(), replayed }
}

export const create = (more: Record<string, unknown> = {}) => ({
  connected_account_id: account,
  tool_name: 'sandbox.create_task',
  params: { title: 'Water the plants' },
  ...more,
})

/** Calls that reached the provider's API. */
export const upstream = async () =>
  (await practice.state()).last_requests.filter(({ path }) => path.startsWith('/api/')).length

export const work = (publicId: string) =>
  jobs.execute_approval(
    { org_id: tenant.orgId, approval_id: parseId('approval', publicId) ?? '' },
    new AbortController().signal,
  )

/** What the worker does each minute. */
export async function sweep() {
  await sweepExecutions(tenant)
  await sweepApprovals(tenant)
}

export async function asked(asker: Key): Promise<string> {
  const answer = await call('execute', asker, { body: create() })
  expect([answer.status, answer.body.status]).toEqual([202, 'pending_approval'])
  return answer.body.approval_id
}

export async function approved(asker: Key): Promise<string> {
  const id = await asked(asker)
  expect(await call('approve', await newKey('approve'), { id, body: {} })).toMatchObject({ status: 200 })
  return id
}
