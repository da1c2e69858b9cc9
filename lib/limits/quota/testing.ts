import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { disconnect, forOrg, sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { systemCaller } from '#lib/identity'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import {
  type Admission,
  admission,
  admitIn,
  createLimitIn,
  type Limited,
  limitPlan,
  limitsFact,
} from '../index.ts'
import { type LimitInput, limitInput } from '../schema.ts'

// What the tests of limits stand on: for each an org, whose calls are held against its limits without being made.

export const tools = ['sandbox.list_tasks', 'sandbox.create_task', 'other.do_it']
export const operator = systemCaller('test')
export const by = { caller: operator, actor: { type: 'test', id: 'test' } }
export let superuser: Superuser
/** The org of the test that runs. */
export let tenant: Tenant
let made = 0

/** Call it once in a test file. */
export function prepareLimits(): void {
  beforeAll(async () => {
    superuser = await useSuperuser()
  })
  afterAll(disconnect)
  beforeEach(async () => {
    tenant = await ensureOrg(operator, `org-${++made}`, prepareOrgKeys)
  })
}

export const aCall = (facts: Partial<Limited> = {}): Limited => ({
  userId: '00000000-0000-7000-8000-000000000001',
  agentId: null,
  accountId: '00000000-0000-7000-8000-0000000000aa',
  toolName: 'sandbox.list_tasks',
  connector: 'sandbox',
  ...facts,
})

export const limit = (input: Partial<LimitInput>, of = tenant) =>
  forOrg(of, (tx) =>
    createLimitIn(tx, of, limitInput.parse({ name: 'a limit', kind: 'rate', most: 3, ...input }), by, tools),
  )

export async function version(of = tenant): Promise<string> {
  const rows = await sqlForOrg(of, (sql) =>
    sql<{ version: unknown }>(
      { name: 'test-version', text: `SELECT ${limitsFact.sql({ org: 'app_org()' })} AS version` },
      [],
    ),
  )
  return limitsFact.parse(rows[0]?.version)
}

export const admissions = async (calls: readonly Limited[], of = tenant): Promise<(Admission | null)[]> => {
  const plan = await limitPlan(of, await version(of))
  return calls.map((call) => admission(plan, call))
}

/** What each of a batch of calls gets: `ok`, or the name of the limit. */
export async function admit(...calls: Limited[]): Promise<string[]> {
  const asked = await admissions(calls)
  const verdicts = await sqlForOrg(tenant, (sql) => admitIn(sql, asked))
  return verdicts.map((error) => (error ? `${error.code}: ${error.facts.limit}` : 'ok'))
}

export const times = (count: number, facts: Partial<Limited> = {}) =>
  Array.from({ length: count }, () => aCall(facts))
export const count = (verdicts: readonly string[], verdict = 'ok') =>
  verdicts.filter((one) => one === verdict).length

export async function refusal(call: Limited): Promise<AppError> {
  const asked = await admissions([call])
  const [error] = await sqlForOrg(tenant, (sql) => admitIn(sql, asked))
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

/** Rows of calls under way, as their intents leave them. */
export const running = (calls: number, facts: Partial<Limited> = {}) =>
  superuser.tamper(
    `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type, actor_id,
       agent_id, status, decision, params_hmac, trace_id)
     SELECT $1, id::uuid, $3, gen_random_uuid(), $4, $5, 'read', 'test', 'test', $6, 'running', '{}', '', ''
     FROM unnest($2::text[]) AS id`,
    [
      tenant.orgId,
      Array.from({ length: calls }, newId),
      facts.accountId ?? aCall().accountId,
      facts.userId ?? aCall().userId,
      facts.toolName ?? aCall().toolName,
      facts.agentId ?? null,
    ],
  )
