import { grouped, readForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Claim } from '#lib/idempotency'
import { type StopFact, stopsFact } from '#lib/limits'
import { type AuthConfig, type AuthConfigFactRow, authConfigFact } from '#lib/oauth'
import type { Caller, CallFacts, Tenant } from '#lib/proof'
import { type AccountFactRow, type AccountRead, type AccountRef, accountFact, grantFact } from '#lib/scopes'
import { type CredentialFactRow, type CredentialState, credentialFact } from '#lib/vault'
import { expectedOf } from './crowd.ts'
import { type OrgFactRow, type OrgRead, orgFacts } from './org-facts.ts'
import type { Call } from './resolve.ts'
import { waitFact } from './upstream/waits.ts'

// Everything that a call is judged by and made with is read for it, by one statement, each time: a revocation, a stop
// or a new policy holds from the moment it is committed. Calls that come together are read together.

/** An account that a call may mean, with what it would be made with. */
export type CallAccount = AccountRead & {
  credential: CredentialState | null
  auth: AuthConfig | null
  userGroups: readonly string[]
  /** The stops that hold for its user alone. */
  stops: readonly StopFact[]
  /** How long the provider wants no calls for, in milliseconds. */
  waitMs: number
  /** Whether its last use was noted long enough ago to be noted again. */
  usedLongAgo: boolean
}

export type CallRead = OrgRead & {
  accounts: readonly CallAccount[]
  /** The agents that the call goes through, as far as they are in force; the one that calls first. */
  agents: readonly AgentRead[]
}

/** What is said of an agent, and what it may use at all; `null` for everything. */
export type AgentRead = Omit<NonNullable<CallFacts['agent']>, 'id'> & {
  uuid: string
  connectors: readonly string[] | null
  tools: readonly string[] | null
}

/** A call with what was read for it. */
export type ReadCall = Call & {
  read: CallRead
  /** The caller's own key for it. */
  claim: Claim | null
}

/** The account that was granted, as it was read. */
export const accountOf = (call: ReadCall, accountId: string): CallAccount | undefined =>
  call.read.accounts.find(({ id }) => id === accountId)

type Question = {
  ref: AccountRef
  connector: string
  tool: string
  agents: readonly AgentRef[]
  grantId: string | null
}
type AgentRef = { org: string; id: string }

type Row = {
  n: number
  org_facts: OrgFactRow | null
  agents: AgentRead[] | null
  agent_grant: unknown
  auth: AuthConfigFactRow | null
  user_stops: unknown
  wait: unknown
  used_long_ago: boolean
} & ({ id: null } | (AccountFactRow & CredentialFactRow))

const facts = {
  name: 'call_facts',
  text: `org AS MATERIALIZED (SELECT ctx.org, ${orgFacts.select} AS facts FROM ctx)
    SELECT q.n, CASE WHEN q.n = 0 THEN org.facts END AS org_facts, ${accountFact.columns}, ${credentialFact.columns},
      coalesce(a.last_used_at < now() - interval '1 minute', true) AS used_long_ago,
      ${stopsFact.ofUser({ org: 'a.org_id', user: 'a.user_id' })} AS user_stops, ${waitFact.select} AS wait,
      (SELECT ${authConfigFact.select} FROM auth_configs x
        WHERE x.org_id = a.auth_config_org_id AND x.id = a.auth_config_id) AS auth,
      CASE WHEN q.agents IS NOT NULL THEN (
        SELECT json_agg(json_build_object('uuid', x.id, 'name', x.name, 'owner', x.owner, 'purpose', x.purpose,
          'team', x.team, 'environment', x.environment, 'connectors', x.connectors, 'tools', x.tools))
        FROM json_to_recordset(q.agents) AS w (org uuid, id uuid)
          JOIN agents x ON x.org_id = w.org AND x.id = w.id AND x.disabled_at IS NULL
        WHERE x.org_id = org.org OR EXISTS (SELECT FROM agent_admissions d WHERE d.org_id = org.org
          AND d.agent_org_id = x.org_id AND d.agent_id = x.id)) END AS agents,
      CASE WHEN q.grant_id IS NOT NULL THEN ${grantFact.select({
        org: 'org.org',
        grant: 'q.grant_id',
        agentOrg: 'ANY(ARRAY(SELECT w.org FROM json_to_recordset(q.agents) AS w (org uuid, id uuid)))',
        agent: 'ANY(ARRAY(SELECT w.id FROM json_to_recordset(q.agents) AS w (org uuid, id uuid)))',
        account: 'a.id',
        tool: 'q.tool',
      })} END AS agent_grant
    FROM org CROSS JOIN LATERAL unnest($2::int[], $3::uuid[], $4::text[], $5::text[], $6::json[], $7::uuid[],
      $8::text[]) AS q (n, account_id, connector, external_id, agents, grant_id, tool)
    LEFT JOIN LATERAL (
      SELECT * FROM (
        SELECT x.* FROM connected_accounts x
          WHERE x.org_id = org.org AND x.id = q.account_id AND x.deleted_at IS NULL
        UNION ALL
        SELECT x.* FROM end_users y JOIN connected_accounts x ON x.org_id = y.org_id AND x.user_id = y.id
          WHERE q.account_id IS NULL AND y.org_id = org.org AND y.external_id = q.external_id
            AND y.deleted_at IS NULL AND x.connector = q.connector AND x.status <> 'revoked'
            AND x.deleted_at IS NULL) found
      ORDER BY id DESC LIMIT 100) a ON true
    ${accountFact.joins}
    LEFT JOIN LATERAL (${credentialFact.from} LIMIT 1) credential ON a.status = 'active'`,
}

const read = grouped(readGroup, { itemsMax: 64, lanes: 2, expected: expectedOf })

async function readGroup(tenant: Tenant, questions: readonly Question[]): Promise<CallRead[]> {
  // The first row asks for no account: it is the org's own.
  const rows = await readForOrg<Row>(tenant, facts, [
    [0, ...questions.map((_, at) => at + 1)],
    [null, ...questions.map(({ ref }) => ('accountId' in ref ? ref.accountId : null))],
    [null, ...questions.map(({ connector }) => connector)],
    [null, ...questions.map(({ ref }) => ('userId' in ref ? ref.userId : null))],
    [null, ...questions.map(({ agents }) => (agents.length > 0 ? JSON.stringify(agents) : null))],
    [null, ...questions.map(({ grantId }) => grantId)],
    [null, ...questions.map(({ tool }) => tool)],
  ])
  const ofOrg = rows.find(({ n }) => n === 0)?.org_facts
  if (!ofOrg) throw new Error('the facts of an org were not read')
  const org = orgFacts.parse(ofOrg)
  const found = questions.map(() => ({ accounts: [] as CallAccount[], agents: [] as AgentRead[] }))
  for (const row of rows) {
    const answer = found[row.n - 1]
    if (!answer) continue
    answer.agents = row.agents ?? []
    if (row.id === null) continue
    answer.accounts.push({
      ...accountFact.parse(row),
      agentGrant: grantFact.parse(row.agent_grant),
      credential: credentialFact.parse(row.id, row),
      auth: row.auth && authConfigFact.parse(row.auth),
      userGroups: row.user_groups,
      stops: stopsFact.parse(row.user_stops),
      waitMs: waitFact.parse(row.wait),
      usedLongAgo: row.used_long_ago,
    })
  }
  return found.map((answer) => ({ ...org, ...answer }))
}

/**
 * Reads what a call is judged by.
 * @throws AppError `unavailable`; `not_found` for an org that was deleted
 */
export async function readCall(call: Call, caller: Caller, claim: Claim | null = null): Promise<ReadCall> {
  const through = caller.kind === 'agent' ? [caller, ...(caller.via ?? [])] : []
  const question = {
    ref: call.account,
    connector: call.connector.id,
    tool: call.tool.name,
    agents: through.map(({ agentOrgId, agentId }) => ({ org: agentOrgId, id: agentId })),
    grantId: caller.kind === 'agent' ? (caller.grantId ?? null) : null,
  }
  const found = await read(call.tenant, question)
  if (found.gone) throw new AppError('not_found')
  return { ...call, claim, read: found }
}
