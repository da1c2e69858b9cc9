import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAudit } from '#lib/audit'
import { deployment, forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { createApiKeyIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import { createLimitIn, liftStop, placeStop } from '#lib/limits'
import { limitInput } from '#lib/limits/schema'
import { createDraft, createPolicyIn, deletePolicyIn, publishDraft } from '#lib/policy'
import { policyInput } from '#lib/policy/schema'
import type { Tenant } from '#lib/proof'
import { deleteCeilingIn, putCeilingIn } from '#lib/scopes'
import { key, toolNames } from '#runtime'
import { POST } from '../../app/api/v1/tools/execute/route.ts'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { executeInput } from './schema.ts'

// One call with something in its way at every stage at once: what refuses it is the first, and with that gone the next.
// So each stage is seen to refuse, and none before its turn (THREATS.md B1).

let practice: Practice
let superuser: Superuser
let tenant: Tenant
let account = ''
const org = 'acme'
const by = { type: 'test', id: 'test' }

beforeAll(async () => {
  practice = await startPractice()
  superuser = await useSuperuser()
  const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1' })
  account = connected_account_id ?? ''
  tenant = await practice.tenant(org)
  await practice.reset()
})
afterAll(() => practice.stop())

const uuid = () => parseId('connected_account', account)
const upstream = async () => (await practice.state()).last_requests.length
const executed = async () => (await listAudit(tenant, { action: 'tool.executed' }, null, 100)).length

const call = (details?: object) => {
  const input = executeInput.parse({
    connected_account_id: account,
    tool_name: 'sandbox.create_task',
    params: { title: 'x' },
    ...(details && { authorization_details: [{ type: 'behalf_tool_call', ...details }] }),
  })
  return practice.broker.execute(practice.caller, input, origin, AbortSignal.timeout(60_000))
}

/** How a call ends: its code, and by which policies where it was one. It leaves one event with that code, and no more. */
async function refusal(details?: object): Promise<string> {
  const [before, sent] = [await executed(), await upstream()]
  const said = await call(details).then(
    ({ status }) => status as string,
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error
      const [policy] = error.facts.policy_ids ?? []
      return policy === undefined ? error.code : `${error.code} by ${policy.replace(/_[0-9a-f]{32}$/, '')}`
    },
  )
  expect(await upstream()).toBe(sent)
  const events = await listAudit(tenant, { action: 'tool.executed' }, null, 100)
  const waits = said === 'pending_approval'
  expect(events.length - before).toBe(waits ? 0 : 1)
  if (!waits) expect(events[0]).toMatchObject({ outcome: 'denied', error_code: said.split(' ')[0] })
  return said
}

async function publish(source: string) {
  const draft = await createDraft(tenant, { engine: 'cedar', source }, by, async () => {})
  await publishDraft(tenant, parseId('policy_version', draft.id) ?? '', { force: false }, by, async () => {})
}

test('each stage refuses in its turn, before anything leaves, with one event that has its code', async () => {
  const stopBy = { caller: practice.caller, actor: by }
  const stop = (type: 'tool' | 'user', id: string) =>
    placeStop(tenant, { subject: { type, id }, reason: 'as a test' }, stopBy, toolNames, async () => {})
  const lift = (id: string) => liftStop(tenant, parseId('stop', id) ?? '', null, stopBy, async () => {})
  const set = (status: string) =>
    superuser.sql('UPDATE connected_accounts SET status = $2 WHERE id = $1', [uuid(), status])
  const elsewhere = { tools: ['sandbox.list_tasks'] }

  // From the last to the first. The call that its intent refuses gives its use of the limit back.
  await forOrg(tenant, (tx) =>
    createLimitIn(
      tx,
      tenant,
      limitInput.parse({ name: 'one', kind: 'rate', most: 1, window_seconds: 3600, per: ['account'] }),
      stopBy,
      toolNames,
    ),
  )
  await publish('@id("people") @decision("ask") permit(principal, action, resource);')
  const rule = await forOrg(tenant, (tx) =>
    createPolicyIn(tx, tenant, policyInput.parse({ name: 'no', effects: ['write'] }), by),
  )
  const userStop = await stop('user', 'u_1')
  const { ceiling } = await forOrg(tenant, (tx) =>
    putCeilingIn(tx, tenant, { connector: 'sandbox', group: null, scopes: [] }, by),
  )
  const grants = (scopes: string) =>
    superuser.tamper('UPDATE connections SET scopes_granted = $2 WHERE account_id = $1', [uuid(), scopes])
  await grants('{tasks:read}')
  await set('needs_reauth')
  const toolStop = await stop('tool', 'sandbox.create_task')

  expect(await refusal(elsewhere)).toBe('account_paused')
  await lift(toolStop.id)
  expect(await refusal(elsewhere)).toBe('reauthorization_required')
  await set('active')
  expect(await refusal(elsewhere)).toBe('policy_denied by scope_ceiling')
  await forOrg(tenant, (tx) => deleteCeilingIn(tx, tenant, parseId('scope_ceiling', ceiling.id) ?? ''))
  expect(await refusal(elsewhere)).toBe('insufficient_scope')
  await grants('{tasks:write}')
  expect(await refusal(elsewhere)).toBe('forbidden')
  expect(await refusal()).toBe('account_paused')
  await lift(userStop.id)
  expect(await refusal()).toBe('policy_denied by pol')
  await forOrg(tenant, (tx) => deletePolicyIn(tx, tenant, parseId('policy', rule.id) ?? ''))
  expect(await refusal()).toBe('pending_approval')
  await publish('@id("all") permit(principal, action, resource);')
  // A policy that wants masked what nobody can mask.
  await publish('@id("veil") @mask("shoe_size") permit(principal, action, resource);')
  expect(await refusal()).toBe('policy_denied by v3:veil')
  await publish('@id("all") permit(principal, action, resource);')

  // What changes between the judgement and the intent is seen by the intent.
  await superuser.sql(
    `CREATE FUNCTION stop_meanwhile() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN UPDATE connected_accounts SET status = 'revoked' WHERE org_id = NEW.org_id; RETURN NEW; END $$`,
  )
  await superuser.sql(
    'CREATE TRIGGER stop_meanwhile BEFORE INSERT ON used_details FOR EACH ROW EXECUTE FUNCTION stop_meanwhile()',
  )
  const once = { jti: 'once', expires_at: new Date(Date.now() + 60_000).toISOString() }
  expect(await refusal(once)).toBe('reauthorization_required')
  await superuser.sql('DROP TRIGGER stop_meanwhile ON used_details')
  await set('active')

  expect(await upstream()).toBe(0)
  expect(await call()).toMatchObject({ status: 'succeeded' })
  expect(await upstream()).toBe(1)
  expect(await refusal()).toBe('rate_limited')
})

test('who cannot say who they are is refused before anything, in the deployment’s own chain', async () => {
  const [before, sent] = [await executed(), await upstream()]
  const refused = async () =>
    (await listAudit(deployment, { action: 'authentication.refused' }, null, 10)).length
  const noted = await refused()
  const response = await POST(
    new Request('http://localhost/api/v1/tools/execute', {
      method: 'POST',
      headers: { authorization: 'Bearer bhf_sk_nobody', 'content-type': 'application/json' },
      body: JSON.stringify({ connected_account_id: account, tool_name: 'sandbox.list_tasks' }),
    }),
    { params: Promise.resolve({}) },
  )
  expect(response.status).toBe(401)
  expect([await executed(), await upstream(), await refused()]).toEqual([before, sent, noted + 1])
})

test('another organization finds nothing, and its own chain says so', async () => {
  await practice.session({ org_id: 'globex', user_id: 'u_1' })
  const other = await practice.tenant('globex')
  const { secret } = await forOrg(other, (tx) => createApiKeyIn(tx, other, { name: 'x', roles: [] }))
  const caller = await key('execute')(practice.authorization(secret))
  const [before, sent] = [await executed(), await upstream()]
  const input = { connected_account_id: account, tool_name: 'sandbox.list_tasks' }
  await expect(practice.execute(input, caller)).rejects.toMatchObject({ code: 'not_found' })
  expect([await executed(), await upstream()]).toEqual([before, sent])
  const told = await listAudit(other, { action: 'tool.executed' }, null, 10)
  expect(told.map(({ outcome, error_code }) => [outcome, error_code])).toEqual([['denied', 'not_found']])
})
