import { eventsOf, type Terms } from './terms.ts'

/** Events that are no call of a tool, the frequent ones first. */
const quiet = `(ARRAY['connected_account.refreshed', 'connect_session.created', 'connection.created', 'audit.read',
  'token.exchanged', 'connected_account.needs_reauth', 'member.signed_in', 'authentication.refused', 'approval.requested',
  'approval.approved', 'connected_account.revoked', 'user.deactivated', 'connection_request.created',
  'policy.published', 'limit.changed', 'stop.placed', 'member.role_changed', 'api_key.created'])`

/** Calls, each with its event for as long as both are kept, and the events that are no calls. */
export function callStatements(terms: Terms): string[] {
  const { accounts, executions, org, ms, hex, each } = terms
  const { account, consent, agent, user, userId, someAccount, someAgent, tool } = terms
  return [
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
