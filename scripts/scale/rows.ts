// The statements that fill an organization for `npm run test:scale`. Numbers decide everything, so that the same size gives
// the same rows: `h` is 62 bits drawn by lot for the n-th row, of which each question takes some.

export const eventsOf = (accounts: number): number => accounts * 10
/** A call that was made has a row beside its event, for as long as those are kept. */
const executionsOf = (accounts: number): number => accounts * 2
const usersOf = (accounts: number): number => Math.max(4, Math.round(accounts * 0.4))
const agentsOf = (accounts: number): number => Math.min(200, Math.max(5, Math.round(accounts / 100)))

/** A hash of a number; ten bits of one as a number below 1; an id of a kind, its time first (RFC 9562 §5.7). */
export const functions = `
  CREATE FUNCTION seed.h(n bigint, salt int) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT hashint8extended(n, salt) & 4611686018427387903 $$;
  CREATE FUNCTION seed.r(h bigint, shift int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT ((h >> shift) & 1023)::float8 / 1024 $$;
  CREATE FUNCTION seed.hex(kind text, n bigint, ms bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT lpad(to_hex(ms), 12, '0') || kind || lpad(to_hex(n), 15, '0') $$;
  CREATE FUNCTION seed.at(ms bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
    $$ SELECT to_timestamp(ms::float8 / 1000) $$`

const connectors = `(ARRAY['github', 'google', 'slack', 'zendesk', 'airtable', 'sandbox'])`
const verbs = `(ARRAY['.list_items', '.get_item', '.search_items', '.create_item', '.update_item', '.comment_item',
  '.delete_item', '.export_items'])`

/** Events that are no call of a tool, the frequent ones first. */
const quiet = `(ARRAY['connected_account.refreshed', 'connect_session.created', 'connection.created', 'audit.read',
  'token.exchanged', 'connected_account.needs_reauth', 'member.signed_in', 'authentication.refused', 'approval.requested',
  'approval.approved', 'connected_account.revoked', 'user.deactivated', 'connection_request.created',
  'policy.published', 'limit.changed', 'stop.placed', 'member.role_changed', 'api_key.created'])`

/** Rows that one statement writes. */
const batch = 250_000

function series(total: number, first = 0, step = 1): string[] {
  const found: string[] = []
  for (let low = first; low < total + first; low += batch * step)
    found.push(
      `generate_series(${low}::bigint, ${Math.min(total + first, low + batch * step) - 1}, ${step}) n`,
    )
  return found
}

export type Org = {
  id: string
  /** Tells organizations apart; below 256. */
  at: number
  accounts: number
  /** When its first and its last row happened, in milliseconds. */
  from: number
  to: number
}

/** Every statement that fills an organization; they need nothing of each other. */
export function statementsFor({ id, at, accounts, from, to }: Org): string[] {
  const [users, agents, executions] = [usersOf(accounts), agentsOf(accounts), executionsOf(accounts)]
  const org = `'${id}'::uuid`
  const ms = (n: string, of: number) => `(${from}::float8 + ${n} * ${(to - from) / of}::float8)::bigint`
  const kindOf = {
    user: 0,
    account: 1,
    agent: 2,
    consent: 3,
    renewed: 4,
    session: 5,
    request: 6,
    approval: 7,
    grant: 8,
    call: 9,
    event: 10,
  }
  const hex = (kind: keyof typeof kindOf, n: string, of: number) =>
    `seed.hex('7${at.toString(16).padStart(2, '0')}${kindOf[kind].toString(16)}8', ${n}, ${ms(n, of)})`
  const account = (n: string) => hex('account', n, accounts)
  const consent = (n: string) => hex('consent', n, accounts)
  const agent = (n: string) => hex('agent', n, agents)
  /** Each thousandth account is the first person's, who is a service; the others have two or three. */
  const user = (n: string) =>
    `CASE WHEN ${n} % 1000 = 7 THEN 0 ELSE floor(${n} * ${users / accounts}::float8)::bigint END`
  const userId = (n: string) => hex('user', `(${user(n)})`, users)
  /** Half of all accounts are of the first connector, next to none of the last. */
  const connector = (n: string) =>
    `${connectors}[1 + floor(6 * (seed.r(seed.h(${n}, 1), 0) ^ 2.5::float8))::int]`
  /** An account that there was at the time of the n-th of so many, old ones more often. */
  const someAccount = (h: string, n: string, of: number) =>
    `floor(((${h} >> 20) & 1048575)::float8 / 1048576 * seed.r(${h}, 40) * ${n} * ${accounts / of}::float8)::bigint`
  const someAgent = (h: string) =>
    `floor(seed.r(${h}, 0) * seed.r(${h}, 50) * seed.r(${h}, 10) * ${agents})::bigint`
  const tool = (n: string, h: string) =>
    `${connector(n)} || ${verbs}[1 + floor(8 * seed.r(${h}, 42) * seed.r(${h}, 12))::int]`
  const each = (total: number, say: (rows: string) => string, first = 0, step = 1) =>
    series(total, first, step).map(say)
  const consents = (kind: 'consent' | 'renewed', step: number) =>
    each(
      accounts,
      (
        rows,
      ) => `INSERT INTO connections (org_id, id, account_id, user_id, provider_account_id, scopes_requested,
          scopes_refused, scopes_granted, grantee_product, purpose, locale, consent_text, consent_hash, consented_by,
          consented_at, expires_at, created_at)
        SELECT ${org}, ${hex(kind, 'n', accounts)}::uuid, ${account('n')}::uuid, ${userId('n')}::uuid, 'p-' || n,
          '{read,write}', '{}', '{read,write}', true, 'Helps with what you ask it to', 'en',
          'What this person was shown, word by word, and agreed to on that day. It names the product, the agents, the
           purpose, what they may do at the provider and until when, and how to take it back.', '${'0'.repeat(64)}',
          '{"type": "user"}', seed.at(m), CASE WHEN n % 10 = 3 THEN seed.at(m) + interval '13 months' END, seed.at(m)
        FROM (SELECT n, ${ms('n', accounts)} AS m FROM ${rows} OFFSET 0) one`,
      0,
      step,
    )
  return [
    ...each(
      users,
      (
        rows,
      ) => `INSERT INTO end_users (org_id, id, external_id, email, name, groups, created_at, updated_at, deactivated_at)
        SELECT ${org}, ${hex('user', 'n', users)}::uuid, 'user-' || n,
          CASE WHEN n % 10 > 0 THEN 'user-' || n || '@org-${at}.test' END, 'Person ' || n, ARRAY['staff', 'team-' || n % 40],
          seed.at(${ms('n', users)}), now(), CASE WHEN n % 100 = 17 THEN now() END
        FROM ${rows}`,
    ),
    `INSERT INTO agents (org_id, id, name, owner, created_at)
      SELECT ${org}, ${agent('n')}::uuid, 'Agent ' || n, 'team-' || n % 40, seed.at(${from})
      FROM generate_series(0::bigint, ${agents - 1}) n`,
    ...each(
      accounts,
      (
        rows,
      ) => `INSERT INTO connected_accounts (org_id, id, user_id, connector, auth_config_org_id, auth_config_id, status,
          provider_account_id, label, current_connection_id, created_at, updated_at, last_used_at)
        SELECT ${org}, ${account('n')}::uuid, ${userId('n')}::uuid, c, ${org}, md5(c)::uuid,
          CASE WHEN x < 0.89 THEN 'active' WHEN x < 0.91 THEN 'paused' WHEN x < 0.95 THEN 'needs_reauth' ELSE 'revoked' END,
          'p-' || n, 'person-' || n || '@provider.test',
          CASE WHEN n % 7 = 0 THEN ${hex('renewed', 'n', accounts)} ELSE ${consent('n')} END::uuid,
          seed.at(m), now(), CASE WHEN y > 0.3 THEN seed.at((m + (${to} - m) * (y ^ 0.3::float8))::bigint) END
        FROM (SELECT n, ${ms('n', accounts)} AS m, seed.r(seed.h(n, 2), 0) AS x, seed.r(seed.h(n, 2), 20) AS y,
          ${connector('n')} AS c FROM ${rows} OFFSET 0) one`,
    ),
    ...consents('consent', 1),
    ...consents('renewed', 7),
    ...each(
      accounts,
      (rows) => `INSERT INTO connection_grantees (org_id, connection_id, agent_org_id, agent_id)
        SELECT ${org}, ${consent('n')}::uuid, ${org}, ${agent('g')}::uuid
        FROM (SELECT n, ${someAgent('seed.h(n, 3)')} AS g FROM ${rows} OFFSET 0) one`,
      0,
      2,
    ),
    // Those of the first were given before there were receipts.
    ...each(
      accounts,
      (rows) => `INSERT INTO receipts (org_id, connection_id, kid, jws, created_at)
        SELECT ${org}, ${consent('n')}::uuid, 'key-1', repeat(md5(n::text), 10), seed.at(${ms('n', accounts)})
        FROM ${rows} WHERE n >= ${Math.round(accounts / 20)}`,
    ),
    ...each(
      accounts,
      (
        rows,
      ) => `INSERT INTO connection_requests (org_id, id, user_id, session_id, connector, scopes, agents, reason, status,
          decided_by, decided_at, created_at, expires_at)
        SELECT ${org}, ${hex('request', 'n', accounts)}::uuid, ${userId('n')}::uuid, ${hex('session', 'n', accounts)}::uuid,
          ${connector('n')}, '{admin}', '{}', 'It is needed for the yearly report',
          CASE WHEN n % 1000 = 0 THEN 'pending' ELSE 'denied' END,
          CASE WHEN n % 1000 > 0 THEN '{"type": "member", "id": "x"}'::jsonb END, CASE WHEN n % 1000 > 0 THEN now() END,
          seed.at(${ms('n', accounts)}), now() + interval '7 days'
        FROM ${rows}`,
      0,
      20,
    ),
    ...each(
      accounts,
      (
        rows,
      ) => `INSERT INTO approvals (org_id, id, user_id, account_id, connector, tool_name, effect, requester, call_hmac,
          params_hmac, decision, quorum, status, trace_id, created_at, expires_at, decided_at)
        SELECT ${org}, ${hex('approval', 'n', accounts)}::uuid, ${userId('n')}::uuid, ${account('n')}::uuid,
          ${connector('n')}, ${tool('n', 'seed.h(n, 4)')}, 'write', '{"type": "agent", "id": "x"}',
          md5(n::text), md5(n::text), '{"engine": "builtin", "decision": "ask", "policy_ids": []}', 1,
          CASE WHEN n % 1000 = 0 THEN 'pending' WHEN n % 60 = 0 THEN 'expired' ELSE 'denied' END, md5(n::text),
          seed.at(${ms('n', accounts)}), now() + interval '1 day', now()
        FROM ${rows}`,
      0,
      20,
    ),
    ...each(
      accounts,
      (
        rows,
      ) => `INSERT INTO agent_grants (org_id, id, agent_org_id, agent_id, user_id, client_id, oauth_grant_id, resource,
          evidence, created_at)
        SELECT ${org}, ${hex('grant', 'n', accounts)}::uuid, ${org}, ${agent('g')}::uuid, ${userId('n')}::uuid,
          'client-' || n % 40, 'grant-' || n, 'https://mcp.test', '{}', seed.at(${ms('n', accounts)})
        FROM (SELECT n, ${someAgent('seed.h(n, 5)')} AS g FROM ${rows} OFFSET 0) one`,
      0,
      10,
    ),
    ...each(
      executions,
      (
        rows,
      ) => `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type,
          actor_id, agent_id, actors, status, scopes_required, scopes_granted, decision, params_hmac, trace_id, ip,
          user_agent, error_code, upstream_status, duration_ms, created_at, finished_at)
        SELECT ${org}, ${hex('call', 'n', executions)}::uuid, ${account('a')}::uuid, ${consent('a')}::uuid,
          ${userId('a')}::uuid, ${tool('a', 'h')}, 'read', CASE WHEN g IS NULL THEN 'api_key' ELSE 'agent' END,
          coalesce('ag_' || g, '01912d3a-b0c1-7c3f-9a8d-5e6f7a8b9c0d'), g::uuid,
          CASE WHEN g IS NULL THEN '{}' ELSE ARRAY['ag_' || g] END,
          CASE WHEN x < 0.95 THEN 'succeeded' WHEN x < 0.998 THEN 'failed' ELSE 'unknown' END, '{read}', '{read,write}',
          '{"engine": "cedar", "decision": "allow", "policy_ids": ["pol_1"]}', d || d, d, '203.0.113.7', 'agent/1.0',
          CASE WHEN x >= 0.95 THEN 'upstream_error' END, 200, (900 * x)::int, seed.at(m), seed.at(m + 300)
        FROM (SELECT n, h, x, a, md5(n::text) AS d, ${ms('n', executions)} AS m,
            CASE WHEN h & 15 < 11 THEN ${agent('g')} END AS g
          FROM (SELECT n, h, seed.r(h, 30) AS x, ${someAccount('i', 'n', executions)} AS a, ${someAgent('i')} AS g
            FROM (SELECT n, seed.h(n, 6) AS h, seed.h(n, 7) AS i FROM ${rows} OFFSET 0) one OFFSET 0) two OFFSET 0) three`,
    ),
    ...eventStatements(),
  ]

  /** Of a hundred events 88 are calls, of which three were refused, many of them in bursts. */
  function eventStatements(): string[] {
    const total = eventsOf(accounts)
    return [
      ...each(
        total,
        (
          rows,
        ) => `INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, user_id, actor, agent_id,
            connected_account_id, connection_id, tool_name, scopes_required, scopes_granted, policy, params_hmac,
            error_code, duration_ms, trace_id, ip, user_agent, details, prev_hash, hash)
          SELECT ${org}, n, seed.at(m), e::uuid,
            CASE WHEN call THEN 'tool.executed' ELSE ${quiet}[1 + floor(18 * y * y * y)::int] END, o,
            CASE WHEN call OR y < 0.8 THEN 'user-' || ${user('a')} END,
            CASE WHEN g IS NULL THEN '{"type": "api_key", "id": "01912d3a-b0c1-7c3f-9a8d-5e6f7a8b9c0d"}'
              ELSE ('{"type": "agent", "id": "ag_' || g || '"}')::jsonb END,
            'ag_' || g, CASE WHEN call OR y < 0.7 THEN 'ca_' || ${account('a')} END,
            CASE WHEN call THEN 'cn_' || ${consent('a')} END, CASE WHEN call THEN ${tool('a', 'h')} END,
            CASE WHEN call THEN '{read}'::text[] ELSE '{}' END, CASE WHEN call THEN '{read,write}'::text[] ELSE '{}' END,
            CASE WHEN call THEN '{"engine": "cedar", "decision": "allow", "policy_ids": ["pol_1"]}'::jsonb END,
            CASE WHEN call THEN d || d END,
            CASE o WHEN 'denied' THEN (ARRAY['policy_denied', 'scope_missing', 'account_paused', 'rate_limited'])
              [1 + floor(4 * y)::int] WHEN 'failed' THEN 'upstream_error' END,
            CASE WHEN call THEN (900 * y)::int END, d, '203.0.113.' || n % 250, 'agent/1.' || n % 9,
            CASE WHEN call THEN ('{"execution_id": "ex_' || e || '", "upstream_status": 200}')::jsonb
              ELSE '{"connector": "github"}' END, d || d, d || d
          FROM (SELECT n, m, h, a, d, call, seed.r(h, 20) AS y, ${hex('event', 'n', total)} AS e,
              CASE WHEN call AND h & 15 < 11 THEN ${agent('g')} END AS g,
              CASE WHEN call AND (x < 0.015 OR x < 0.4 AND (n / 20000) % 31 = 7) THEN 'denied'
                WHEN call AND x > 0.986 THEN 'failed' WHEN call AND x > 0.985 THEN 'unknown' ELSE 'allowed' END AS o
            FROM (SELECT n, h, ${ms('n', total)} AS m, ${someAccount('i', 'n', total)} AS a, ${someAgent('i')} AS g,
                (h >> 50) & 127 < 113 AS call, seed.r(h, 30) AS x, md5(n::text) AS d
              FROM (SELECT n, seed.h(n, 8) AS h, seed.h(n, 9) AS i FROM ${rows} OFFSET 0) one OFFSET 0) two
            OFFSET 0) three`,
        1,
      ),
      `INSERT INTO audit_heads (org_id, sequence, hash) VALUES (${org}, ${total}, md5('${total}') || md5('${total}'))`,
    ]
  }
}
