import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { controlOf } from '#components/console/try/fields'
import { deployment, forOrg } from '#lib/db'
import type { MemberRole } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { origin, type Practice, startPractice } from '../../../../../scripts/testing/practice.ts'

let practice: Practice
let tenant: Tenant
let caller: Caller & { kind: 'admin' }
let account = ''
let made = 0

beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())
beforeEach(async () => {
  await practice.reset()
  const org = `tried-${++made}`
  account = (await practice.connectAccount({ org, user: 'ana' })).connected_account_id ?? ''
  tenant = await practice.tenant(org)
  caller = await member(tenant, 'developer')
})

async function member(home: Tenant, role: MemberRole) {
  const { authenticateMember, inviteMemberIn } = await import('#lib/identity')
  const email = `${role}-${made}@try.test`
  const { id } = await forOrg(home, (tx) => inviteMemberIn(tx, home, practice.caller, { email, role }))
  return (await authenticateMember({ memberId: parseId('member', id) ?? '', sessionVersion: 1 })).caller
}

async function run(toolName: string, controls: Record<string, string> = {}, more = {}) {
  const { runTool } = await import('./run.ts')
  const form = new FormData()
  for (const [name, value] of Object.entries(controls)) form.set(name, value)
  return runTool(caller, tenant, { account, toolName, form, ...more }, origin)
}
const events = async () => {
  const { listAudit } = await import('#lib/audit')
  return listAudit(tenant, { action: 'tool.executed' }, null, 10)
}
const reached = async () => Object.values((await practice.state()).api).reduce((sum, n) => sum + n, 0)

it('a call that is tried goes through the pipeline: its execution and its event name the admin', async () => {
  const result = await run('sandbox.list_tasks', { [controlOf('limit')]: '2' })
  expect(result).toMatchObject({ kind: 'done', execution: expect.stringMatching(/^ex_/), replayed: false })
  if (result.kind !== 'done') throw new Error('not made')
  expect(JSON.parse(result.output).tasks).toHaveLength(2)
  expect(result.curl).toContain('"limit": 2')
  const { getExecution } = await import('#lib/broker')
  const execution = await getExecution(tenant, parseId('execution', result.execution ?? '') ?? '')
  expect(execution.actor.type).toBe('member')
  expect(await events()).toMatchObject([{ outcome: 'allowed', actor: execution.actor }])
})

it('what does not fit the tool is told by its field, and nothing is called', async () => {
  const result = await run('sandbox.list_tasks', { [controlOf('limit')]: 'many' })
  expect(result).toMatchObject({ kind: 'unfit', faults: { limit: expect.any(String) } })
  expect(await reached()).toBe(0)
})

it('what changes something wants the name of the tool, and a rehearsal reaches nobody', async () => {
  const title = { [controlOf('title')]: 'Tidy up' }
  for (const confirm of ['', 'yes', 'sandbox.delete_task'])
    expect(await run('sandbox.create_task', { ...title, confirm })).toMatchObject({
      kind: 'unfit',
      faults: { confirm: expect.any(String) },
    })
  expect(await run('sandbox.create_task', { ...title, dry_run: 'on' })).toMatchObject({
    kind: 'done',
    rehearsed: true,
    execution: null,
  })
  expect(await reached()).toBe(0)
  const once = 'one-press'
  const confirmed = { ...title, confirm: 'sandbox.create_task', once }
  expect(await run('sandbox.create_task', confirmed)).toMatchObject({ kind: 'done', replayed: false })
  expect(await run('sandbox.create_task', confirmed)).toMatchObject({ kind: 'done', replayed: true })
  expect((await practice.state()).api['POST /api/tasks']).toBe(1)
})

it('a policy, a stop and people’s approval hold for an admin as for everybody', async () => {
  const { createDraft, publishDraft } = await import('#lib/policy')
  const by = { type: 'system', id: 'test' }
  const publish = async (source: string) => {
    const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
    expect(draft.problems.filter(({ severity }) => severity === 'error')).toEqual([])
    const id = parseId('policy_version', draft.id) ?? ''
    await publishDraft(tenant, id, { force: false }, by, async () => {})
  }
  await publish('@id("people") @decision("ask") @reason("Look first.") permit(principal, action, resource);')
  expect(await run('sandbox.list_tasks')).toMatchObject({ kind: 'people' })
  await publish('permit(principal, action, resource); forbid(principal, action, resource);')
  expect(await run('sandbox.list_tasks')).toMatchObject({
    kind: 'refused',
    code: 'policy_denied',
    status: 403,
  })
  const { placeStop } = await import('#lib/limits')
  const actor = { caller: practice.caller, actor: { type: 'root_key', id: 'root' } }
  const stop = { subject: { type: 'org' }, reason: 'Drill' } as const
  await placeStop(tenant, stop, actor, ['sandbox.list_tasks'], async () => {})
  expect(await run('sandbox.list_tasks')).toMatchObject({ kind: 'refused', code: 'account_paused' })
  expect(await reached()).toBe(0)
  expect((await events()).filter(({ outcome }) => outcome === 'denied').length).toBe(3)
})

it('an account of another org is not there, for operators either', async () => {
  const other = await practice.connectAccount({ org: 'somebody-else', user: 'bob' })
  const theirs = { account: other.connected_account_id }
  expect(await run('sandbox.list_tasks', {}, theirs)).toMatchObject({ kind: 'refused', code: 'not_found' })
  caller = await member(deployment, 'owner')
  expect(await run('sandbox.list_tasks', {}, theirs)).toMatchObject({ kind: 'refused', code: 'not_found' })
  expect(await reached()).toBe(0)
})
