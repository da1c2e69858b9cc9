import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deployment, disconnect, forOrg, sqlForOrg } from '#lib/db'
import type { AppError } from '#lib/errors'
import { createAgentIn, systemCaller } from '#lib/identity'
import { newId, parseId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { ensureOrg, resolveObject } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import {
  activeStops,
  going,
  liftStop,
  listStops,
  placeStop,
  runningCalls,
  type Stoppable,
  stopHolds,
  stopOf,
  stopsFact,
} from '../index.ts'
import type { StopInput, StopSubject } from '../schema.ts'

const tools = ['sandbox.list_tasks', 'sandbox.create_task', 'other.do_it']
const operator = systemCaller('test')
const actor = { type: 'test', id: 'test' }
let superuser: Superuser
let acme: Tenant
let globex: Tenant
let user = ''
let agent = ''

beforeAll(async () => {
  superuser = await useSuperuser()
  acme = await ensureOrg(operator, 'acme', prepareOrgKeys)
  globex = await ensureOrg(operator, 'globex', prepareOrgKeys)
  user = newId()
  await forOrg(acme, async (tx) => {
    await tx.end_users.create({ data: { org_id: acme.orgId, id: user, external_id: 'u_1', groups: [] } })
    agent = parseId('agent', (await createAgentIn(tx, acme, { name: 'Mira' })).id) ?? ''
  })
})
afterAll(disconnect)
beforeEach(() => superuser.tamper('DELETE FROM stops'))

const none = async () => {}
const place = (tenant: Tenant, subject: StopSubject, more: Partial<StopInput> & { caller?: Caller } = {}) => {
  const { caller = operator, ...input } = more
  return placeStop(tenant, { subject, reason: 'as a test', ...input }, { caller, actor }, tools, none)
}
const lift = (tenant: Tenant, id: string, caller: Caller = operator) =>
  liftStop(tenant, parseId('stop', id) ?? '', null, { caller, actor }, none)

const agentOf = () => `ag_${agent.replaceAll('-', '')}`
const keyOf = (tenant: Tenant) =>
  ({
    kind: 'key',
    keyId: newId(),
    reach: tenant,
    root: false,
    mayExecute: true,
    roles: [],
  }) as never as Caller

const call = (facts: Partial<Stoppable> = {}): Stoppable => ({
  agentId: null,
  userId: user,
  toolName: 'sandbox.list_tasks',
  connector: 'sandbox',
  ...facts,
})

const statement = {
  name: 'test-stops',
  text: `SELECT ${stopsFact.ofOrg({ org: 'app_org()' })} AS stops,
    ${stopsFact.ofUser({ org: 'app_org()', user: '$2::uuid' })} AS of_user,
    ${stopHolds({ org: 'app_org()', agent: '$1::uuid', user: '$2::uuid', tool: '$3' })} AS holds`,
}
type Asked = { stops: unknown; of_user: unknown; holds: boolean }

/** As the pipeline asks, before and in the transaction of the intent. @returns the words of the refusal, or null */
async function refused(tenant: Tenant, facts: Partial<Stoppable> = {}): Promise<string | null> {
  const of = call(facts)
  const [row] = await sqlForOrg(tenant, (sql) => sql<Asked>(statement, [of.agentId, of.userId, of.toolName]))
  const stops = [...stopsFact.parse(row?.stops), ...stopsFact.parse(row?.of_user)]
  const named = stopOf(await sqlForOrg(tenant, activeStops), of)
  expect(row?.holds).toBe(named !== null)
  try {
    going(tenant, stops, of)
    expect(named).toBeNull()
    return null
  } catch (error) {
    expect((error as AppError).code).toBe('account_paused')
    expect(named?.facts).toEqual((error as AppError).facts)
    return (error as AppError).facts.detail ?? ''
  }
}

test('without a stop nothing is read but an empty range, and nothing is refused', async () => {
  expect(await refused(acme)).toBeNull()
})

test.each<[string, () => StopSubject, () => Partial<Stoppable>, () => Partial<Stoppable>]>([
  [
    'agent',
    () => ({ type: 'agent', id: agentOf() }),
    () => ({ agentId: agent }),
    () => ({ agentId: newId() }),
  ],
  ['user', () => ({ type: 'user', id: 'u_1' }), () => ({}), () => ({ userId: newId() })],
  [
    'tool',
    () => ({ type: 'tool', id: 'sandbox.list_tasks' }),
    () => ({}),
    () => ({ toolName: 'sandbox.create_task' }),
  ],
  [
    'connector',
    () => ({ type: 'connector', id: 'sandbox' }),
    () => ({}),
    () => ({ toolName: 'other.do_it', connector: 'other' }),
  ],
])(
  'a stop of one %s holds for it and for nothing else, in its org alone, until it is lifted',
  async (_, subject, held, free) => {
    const { id } = await place(acme, subject())
    expect(await refused(acme, held())).toMatch(/stopped: as a test$/)
    expect(await refused(acme, free())).toBeNull()
    expect(await refused(globex, held())).toBeNull()
    await lift(acme, id)
    expect(await refused(acme, held())).toBeNull()
  },
)

test('a stop of an org holds for all of its calls, and one of all for every org', async () => {
  await place(acme, { type: 'org' })
  expect(await refused(acme)).toBe('Calls of this organization are stopped: as a test')
  expect(await refused(globex)).toBeNull()
  const { id } = await place(deployment, { type: 'all' })
  expect(await refused(globex, { agentId: newId() })).toBe('All calls are stopped: as a test')
  await lift(deployment, id)
  await place(deployment, { type: 'connector', id: 'other' })
  expect(await refused(globex, { toolName: 'other.do_it', connector: 'other' })).toMatch(
    /^This connector is stopped/,
  )
  expect(await refused(globex)).toBeNull()
})

test('a stop ends by itself when its time is over', async () => {
  const soon = new Date(Date.now() + 400).toISOString()
  await place(acme, { type: 'org' }, { until: soon })
  expect(await refused(acme)).not.toBeNull()
  await expect.poll(() => refused(acme), { timeout: 5_000 }).toBeNull()
  expect((await listStops(acme, { status: 'over' }, null, 10)).length).toBe(1)
  expect(await listStops(acme, { status: 'active' }, null, 10)).toEqual([])
})

test('what would hold for nothing, or for more than was said, is refused', async () => {
  const invalid = expect.objectContaining({ code: 'invalid_request' })
  const wrong: [Tenant, StopSubject][] = [
    [acme, { type: 'tool', id: 'sandbox.lst_tasks' }],
    [acme, { type: 'connector', id: 'sandbx' }],
    [acme, { type: 'user', id: 'u_2' }],
    [globex, { type: 'agent', id: agentOf() }],
    [acme, { type: 'all' }],
    [deployment, { type: 'org' }],
    [deployment, { type: 'user', id: 'u_1' }],
  ]
  for (const [tenant, subject] of wrong) await expect(place(tenant, subject)).rejects.toEqual(invalid)
  await expect(place(acme, { type: 'org' }, { until: new Date(0).toISOString() })).rejects.toEqual(invalid)
  expect(await superuser.sql('SELECT id FROM stops')).toEqual([])
})

test('an operator’s stop is not the org’s to lift; its own it lifts once; another org finds none', async () => {
  const { id } = await place(acme, { type: 'org' })
  await expect(lift(acme, id, keyOf(acme))).rejects.toMatchObject({ code: 'forbidden' })
  const own = await place(acme, { type: 'org' }, { caller: keyOf(acme) })
  await expect(lift(globex, own.id, keyOf(globex))).rejects.toMatchObject({ code: 'not_found' })
  const lifted = await lift(acme, own.id, keyOf(acme))
  expect(lifted).toMatchObject({ status: 'lifted', lifted_by: actor })
  await expect(lift(acme, own.id)).rejects.toMatchObject({ code: 'conflict' })
  expect((await resolveObject(operator, 'stop', own.id)).tenant.orgId).toBe(acme.orgId)
  await expect(
    resolveObject(keyOf(globex), 'stop', own.id).then(({ id: uuid }) => uuid),
  ).resolves.toBeTruthy()
})

test('what a stop holds for cannot be changed, nor its end taken back, by the application', async () => {
  const { id } = await place(acme, { type: 'org' })
  const uuid = parseId('stop', id)
  const change = (set: string) =>
    sqlForOrg(acme, (sql) =>
      sql({ name: `test ${set}`, text: `UPDATE stops SET ${set} WHERE id = $1` }, [uuid]),
    )
  for (const set of [`until = now()`, `subject = 'tool', subject_id = 'sandbox.x'`, 'created_at = now()'])
    await expect(change(set)).rejects.toThrow(/stays as it was placed/)
  await lift(acme, id)
  await expect(change('lifted_at = NULL, lifted_by = NULL')).rejects.toThrow(/stays as it was placed/)
  await expect(
    sqlForOrg(acme, (sql) => sql({ name: 'test delete', text: 'DELETE FROM stops WHERE id = $1' }, [uuid])),
  ).rejects.toThrow(/permission denied/)
})

/** A call under way in this process. */
function under(tenant: Tenant, facts: Partial<Stoppable> = {}) {
  const controller = new AbortController()
  const done = runningCalls.add({ tenant, ...call(facts) }, controller)
  return { signal: controller.signal, done }
}

const listening = async () =>
  (
    await superuser.sql(
      `SELECT FROM pg_stat_activity WHERE application_name = 'behalf notices' AND datname = current_database()
       AND query LIKE 'LISTEN%' AND state = 'idle'`,
    )
  ).length

test('aborts what is under way and is held, with the stop as its reason, and leaves the rest', async () => {
  const [held, free, elsewhere] = [
    under(acme, { agentId: agent }),
    under(acme),
    under(globex, { agentId: agent }),
  ]
  await expect.poll(listening, { timeout: 5_000 }).toBe(1)
  await place(acme, { type: 'agent', id: agentOf() })
  await expect.poll(() => held.signal.aborted).toBe(true)
  expect(held.signal.reason.facts.detail).toBe('This agent is stopped: as a test')
  await place(deployment, { type: 'tool', id: 'sandbox.list_tasks' })
  await expect.poll(() => free.signal.aborted && elsewhere.signal.aborted).toBe(true)
  for (const one of [held, free, elsewhere]) one.done()
  expect(runningCalls.size).toBe(0)
})

test('what was placed while the connection was lost is found when it is back', async () => {
  const held = under(acme)
  await expect.poll(listening, { timeout: 5_000 }).toBe(1)
  await superuser.tamper(
    `INSERT INTO stops (org_id, id, subject, subject_id, reason, by_operator, placed_by) VALUES ($1, $2, 'org', '', 'missed', true, '{}')`,
    [acme.orgId, newId()],
  )
  expect(held.signal.aborted).toBe(false)
  await superuser.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'behalf notices' AND datname = current_database()`,
  )
  await expect.poll(() => held.signal.aborted, { timeout: 8_000 }).toBe(true)
  expect(held.signal.reason.facts.detail).toContain('missed')
  held.done()
})

test('an intent is either committed before a stop is, or finds it: the gate lets nothing in between', async () => {
  const order: string[] = []
  let goOn = () => {}
  const inside = new Promise<void>((resolve) => {
    goOn = resolve
  })
  let entered = () => {}
  const isInside = new Promise<void>((resolve) => {
    entered = resolve
  })
  const ask = { ...statement, name: 'test-gate' }
  const before = sqlForOrg(
    acme,
    async (sql) => {
      const [row] = await sql<Asked>(ask, [null, user, 'sandbox.list_tasks'])
      expect(row?.holds).toBe(false)
      entered()
      await inside
      order.push('intent')
    },
    { gate: 'stops' },
  )
  await isInside
  const placing = place(acme, { type: 'org' }).then(() => order.push('stop'))
  const waits = () =>
    superuser
      .sql(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)
      .then((rows) => rows.length)
  await expect.poll(waits).toBe(1)
  const after = sqlForOrg(
    acme,
    async (sql) => {
      const [row] = await sql<Asked>(ask, [null, user, 'sandbox.list_tasks'])
      order.push(`sees ${row?.holds}`)
    },
    { gate: 'stops' },
  )
  await expect.poll(waits).toBe(2)
  // Another org passes meanwhile.
  await sqlForOrg(globex, async () => undefined, { gate: 'stops' })
  goOn()
  await Promise.all([before, placing, after])
  expect(order[0]).toBe('intent')
  expect(order).toContain('sees true')
})

test('answers when what was under way has ended, or says after a moment how many calls have not', async () => {
  const row = (org: Tenant, agentId: string | null, tool: string) =>
    superuser.tamper(
      `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type, actor_id,
         agent_id, status, decision, params_hmac, trace_id)
       VALUES ($1, $2, gen_random_uuid(), gen_random_uuid(), $3, $4, 'read', 't', 't', $5, 'running', '{}', '', '')`,
      [org.orgId, newId(), user, tool, agentId],
    )
  await row(acme, agent, 'sandbox.list_tasks')
  await row(globex, null, 'sandbox.create_task')
  expect(await place(acme, { type: 'tool', id: 'sandbox.create_task' })).toMatchObject({ in_flight: 0 })
  expect(await place(acme, { type: 'agent', id: agentOf() })).toMatchObject({ in_flight: 1 })
  expect(await place(deployment, { type: 'connector', id: 'sandbox' })).toMatchObject({ in_flight: 2 })
  const ending = place(deployment, { type: 'all' })
  await superuser.tamper(`UPDATE executions SET status = 'unknown'`)
  expect(await ending).toMatchObject({ in_flight: 0 })
  // One that moves a file is under way for longer than any other.
  await row(acme, agent, 'sandbox.list_tasks')
  await superuser.tamper(
    `UPDATE executions SET created_at = now() - interval '5 minutes' WHERE status = 'running'`,
  )
  expect(await place(acme, { type: 'agent', id: agentOf() })).toMatchObject({ in_flight: 0 })
  await superuser.tamper(`UPDATE executions SET file = '{"direction": "in"}' WHERE status = 'running'`)
  expect(await place(acme, { type: 'user', id: 'u_1' })).toMatchObject({ in_flight: 1 })
  expect(await place(deployment, { type: 'connector', id: 'sandbox' })).toMatchObject({ in_flight: 1 })
})
