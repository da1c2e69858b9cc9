import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type Superuser, useSuperuser } from '../../../../../scripts/testing/superuser.ts'
import { type FilesAtHand, fileOf, random, startFiles } from './testing.ts'

let at: FilesAtHand
let superuser: Superuser
let tenant: Tenant
let account = ''
let task = ''
let made = 0

beforeAll(async () => {
  at = await startFiles()
  superuser = await useSuperuser()
})
afterAll(() => at.close())
beforeEach(async () => {
  const org = `judged-${++made}`
  await at.practice.reset()
  account = (await at.practice.connectAccount({ org, user: 'u_1' })).connected_account_id ?? ''
  tenant = await at.practice.tenant(org)
  const { output } = await at.practice.execute(call('sandbox.list_tasks', { limit: 1 }))
  task = (output as { tasks: { id: string }[] }).tasks[0]?.id ?? ''
  await at.practice.reset()
})

const call = (tool_name: string, params: object, more: object = {}) => ({
  connected_account_id: account,
  tool_name,
  params,
  ...more,
})
const attach = (file: object, more: object = {}) => call('sandbox.attach_file', { task_id: task, file }, more)
const download = (attachment_id: string) =>
  call('sandbox.download_attachment', { task_id: task, attachment_id })
const posts = async () => (await at.practice.state()).api['POST /api/tasks/{id}/attachments'] ?? 0

async function publish(source: string) {
  const { createDraft, publishDraft } = await import('#lib/policy')
  const by = { type: 'system', id: 'test' }
  const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
  expect(draft.problems).toEqual([])
  await publishDraft(tenant, parseId('policy_version', draft.id) ?? '', { force: false }, by, async () => {})
}
async function approve(id: string) {
  const { createApiKeyIn } = await import('#lib/identity')
  const { POST } = await import('../../approvals/[id]/approve/route.ts')
  const { secret } = await forOrg(tenant, (tx) =>
    createApiKeyIn(tx, tenant, { name: 'test', roles: ['approve'] }),
  )
  const request = new Request(`http://localhost/api/v1/approvals/${id}/approve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: '{}',
  })
  expect((await POST(request, { params: Promise.resolve({ id }) })).status).toBe(200)
}

test('people approve the very bytes: the worker sends none, another file is another call, and it is sent once', async () => {
  await publish('@id("people") @decision("ask") @reason("Look first.") permit(principal, action, resource);')
  const { bytes, said } = fileOf(random(100_000))
  const asked = await at.send(attach(said), bytes)
  const { approval_id } = await asked.json()
  expect(asked.status).toBe(202)
  await approve(approval_id)
  const { jobs } = await import('#runtime')
  await jobs.execute_approval(
    { org_id: tenant.orgId, approval_id: parseId('approval', approval_id) ?? '' },
    AbortSignal.timeout(10_000),
  )
  expect(await posts()).toBe(0)
  const other = fileOf(random(100_000))
  const swapped = await at.send(attach(other.said, { approval_id }), other.bytes)
  expect(swapped.status).toBe(409)
  // The bytes of the other file under what was said of the first.
  const lied = await at.send(attach(said), other.bytes)
  expect(lied.status).toBe(202)
  const sent = await at.send(attach(said, { approval_id }), bytes)
  expect([sent.status, (await sent.json()).output?.sha256]).toEqual([200, said.sha256])
  expect((await at.send(attach(said, { approval_id }), bytes)).status).toBe(409)
  expect(await posts()).toBe(1)
})

test('a file is not given where a policy wants personal data masked, and nothing is asked for', async () => {
  const { bytes, said } = fileOf(random(100))
  const { output } = await (await at.send(attach(said), bytes)).json()
  await publish('@id("masks") @mask("email") permit(principal, action, resource);')
  const refused = await at.ask(download(output.id))
  expect([refused.status, (await refused.json()).code]).toEqual([403, 'policy_denied'])
  expect((await at.practice.state()).api['GET /api/tasks/{id}/attachments/{part}']).toBeUndefined()
})

test('a token that was refused is renewed: a file is given with the new one, and one that was on its way is not sent again', async () => {
  const { bytes, said } = fileOf(random(1_000_000))
  const { output } = await (await at.send(attach(said), bytes)).json()
  await at.practice.reset()
  await at.practice.faults({ next_status: { status: 401, count: 1 } })
  const given = await at.ask(download(output.id))
  expect((await given.arrayBuffer()).byteLength).toBe(1_000_000)
  await at.practice.faults({ next_status: { status: 401, count: 1 } })
  const again = fileOf(random(1_000_000))
  const refused = await at.send(attach(again.said), again.bytes)
  expect(await refused.json()).toMatchObject({ code: 'upstream_error', retryable: true })
  expect(await posts()).toBe(1)
  expect((await at.send(attach(again.said), again.bytes)).status).toBe(200)
})

test('a file whose audit cannot be written never looks whole, and its call is closed when no file takes that long', async () => {
  const { bytes, said } = fileOf(random(100_000))
  const { output } = await (await at.send(attach(said), bytes)).json()
  await at.practice.faults({ slow_body_ms: 2_000 })
  const given = await at.ask(download(output.id))
  const reader = given.body?.getReader()
  await superuser.sql('REVOKE INSERT ON audit_events FROM behalf_runtime')
  let got = 0
  const whole = (async () => {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true }
      if (done) return 'whole'
      got += value?.byteLength ?? 0
    }
  })()
  await expect(whole).rejects.toThrow()
  await superuser.sql('GRANT INSERT ON audit_events TO behalf_runtime')
  expect(got).toBe(100_000)
  const { sweepExecutions } = await import('#lib/broker')
  const id = parseId('execution', given.headers.get('behalf-execution-id') ?? '')
  const age = (seconds: number) =>
    superuser.sql(`UPDATE executions SET created_at = now() - make_interval(secs => $2) WHERE id = $1`, [
      id,
      seconds,
    ])
  await age(600)
  expect(await sweepExecutions(tenant)).toBe(0)
  await age(700)
  expect(await sweepExecutions(tenant)).toBe(1)
})

test('a rehearsal needs no file, and moves none', async () => {
  const { said } = fileOf(random(10))
  for (const body of [attach(said, { dry_run: true }), { ...download('att_none'), dry_run: true }])
    expect((await (await at.json(body)).json()).status).toBe('dry_run')
  expect((await at.practice.state()).api).toEqual({})
})

test('a call that is refused leaves the file unread, and the connection answers', async () => {
  const { createPolicyIn } = await import('#lib/policy')
  const { policyInput } = await import('#lib/policy/schema')
  const forbids = policyInput.parse({ name: 'no', tools: ['sandbox.attach_file'] })
  await forOrg(tenant, (tx) => createPolicyIn(tx, tenant, forbids, { type: 'system', id: 'test' }))
  const { bytes, said } = fileOf(random(7_000_000))
  const refused = await at.send(attach(said), bytes)
  expect([refused.status, (await refused.json()).code]).toEqual([403, 'policy_denied'])
  expect(await posts()).toBe(0)
})
