import type { Terms } from './terms.ts'

/** The ways through the connect flow, what they left behind, and what keys and agents asked of the API of late. */
export function flowStatements(terms: Terms): string[] {
  const {
    at,
    accounts,
    from,
    to,
    org,
    ms,
    hex,
    hexAt,
    each,
    account,
    consent,
    userId,
    connector,
    agent,
    tool,
  } = terms
  const secret = (kind: string) => `decode(md5('${kind}-${at}-' || n), 'hex')`
  const sessions = (kind: 'session' | 'given_up', status: string, step: number) =>
    each(
      accounts,
      (
        rows,
      ) => `INSERT INTO connect_sessions (org_id, id, user_id, status, connectors, confirmation, token_hash, link_hash,
          handle_hash, created_by, created_at, expires_at)
        SELECT ${org}, ${hex(kind, 'n', accounts)}::uuid, ${userId('n')}::uuid, ${status}, ARRAY[${connector('n')}], 'auto',
          ${secret(`token-${kind}`)}, ${secret(`link-${kind}`)}, ${secret(`handle-${kind}`)}, '{"type": "api_key", "id": "x"}',
          seed.at(${ms('n', accounts)}), seed.at(${ms('n', accounts)} + 1800000)
        FROM ${rows}`,
      0,
      step,
    )
  const requests = Math.round(accounts * 0.3)
  const week = 7 * 86_400_000
  const askedAt = `(${to - week}::float8 + n * ${week / requests}::float8)::bigint`
  const renewals = `INSERT INTO usage_renewals (org_id, hour, connector, outcome, renewals)
      SELECT ${org}, hour, connector, outcome, 1 + ${Math.ceil(accounts / 1_000)} FROM generate_series(
          date_trunc('hour', seed.at(${from})), date_trunc('hour', seed.at(${to})), interval '1 hour') hour,
        unnest(ARRAY['github', 'google', 'slack', 'zendesk', 'airtable', 'sandbox']) connector,
        unnest(ARRAY['renewed', 'failed', 'held']) outcome
      WHERE outcome = 'renewed' OR extract(hour FROM hour) = 7`
  return [
    ...sessions('session', `'completed'`, 1),
    ...sessions(
      'given_up',
      `(ARRAY['declined', 'failed', 'cancelled', 'expired', 'open'])[1 + (n / 4) % 5]`,
      4,
    ),
    ...each(
      accounts,
      (
        rows,
      ) => `INSERT INTO connect_attempts (org_id, id, session_id, connector, auth_config_org_id, auth_config_id, state_hash,
          status, scopes_requested, scopes_refused, scopes_granted, consent_text, consent_hash, consented_by, consented_at,
          account_id, created_at)
        SELECT ${org}, ${hex('attempt', 'n', accounts)}::uuid, ${hex('session', 'n', accounts)}::uuid, ${connector('n')},
          ${org}, md5(${connector('n')})::uuid, ${secret('state')}, 'confirmed', '{read,write}', '{}', '{read,write}',
          'What this person was shown', md5('x'), '{"type": "user"}', seed.at(${ms('n', accounts)}), ${account('n')}::uuid,
          seed.at(${ms('n', accounts)})
        FROM ${rows}`,
    ),
    ...each(
      accounts,
      (
        rows,
      ) => `INSERT INTO credentials (org_id, account_id, connection_id, generation, key_version, sealed, access_expires_at,
          refreshable, refresh_due_at, hold_until, dead_at, dead_reason)
        SELECT ${org}, ${account('n')}::uuid, ${consent('n')}::uuid, 1, 1, decode(repeat(md5(n::text), 12), 'hex'),
          now() + interval '1 hour', n % 8 > 0, now() + interval '50 minutes',
          CASE WHEN n % 500 = 1 THEN now() + interval '1 hour' END, CASE WHEN n % 90 = 4 THEN now() END,
          CASE WHEN n % 90 = 4 THEN 'revoked' END
        FROM ${rows}`,
    ),
    ...['connected_account.connected', 'connect_session.completed'].flatMap((type, nth) =>
      each(
        accounts,
        (rows) => `INSERT INTO outbox_events (org_id, id, type, data, created_at, delivered_at)
          SELECT ${org}, ${hex('told', `(2 * n + ${nth})`, accounts * 2)}::uuid, '${type}',
            jsonb_build_object('connected_account_id', 'ca_' || ${account('n')}, 'user_id', 'user-' || n),
            seed.at(${ms('n', accounts)}), now()
          FROM ${rows}`,
      ),
    ),
    ...(at > 0 ? [] : [renewals]),
    ...each(
      requests,
      (
        rows,
      ) => `INSERT INTO request_log (org_id, id, at, method, route, path, query, fields, status, error_code, duration_ms,
          actor_type, actor_id, tool_name, trace_id, dropped)
        SELECT ${org}, ${hexAt('asked', 'n', 'm')}::uuid, seed.at(m),
          CASE WHEN call THEN 'POST' ELSE 'GET' END, p, p, '', '{tool_name,connected_account_id,params}', s,
          CASE WHEN s >= 400 THEN 'policy_denied' END, (h >> 40) % 900, CASE WHEN h & 15 < 11 THEN 'agent' ELSE 'api_key' END,
          CASE WHEN h & 15 < 11 THEN 'ag_' || ${agent('0')} ELSE '01912d3a-b0c1-7c3f-9a8d-5e6f7a8b9c0d' END,
          CASE WHEN call THEN ${tool('n', 'h')} END, md5(n::text), 0
        FROM (SELECT n, h, m, call, CASE WHEN call THEN '/api/v1/tools/execute' ELSE '/api/v1/connected_accounts' END AS p,
            CASE WHEN h >> 20 & 63 = 0 THEN 403 WHEN h >> 26 & 16383 = 0 THEN 502 ELSE 200 END AS s
          FROM (SELECT n, h, ${askedAt} AS m, h >> 50 & 7 > 0 AS call
            FROM (SELECT n, seed.h(n, 12) AS h FROM ${rows} OFFSET 0) one OFFSET 0) two OFFSET 0) three`,
    ),
  ]
}
