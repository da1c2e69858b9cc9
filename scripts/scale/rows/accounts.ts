import type { Terms } from './terms.ts'

/** People, agents, accounts and everything by which they were let in. */
export function accountStatements(terms: Terms): string[] {
  const { at, accounts, users, agents, from, to, org, ms, hex, each } = terms
  const { account, consent, agent, userId, connector, someAgent, tool } = terms
  const consents = (kind: 'consent' | 'renewed', step: number) =>
    each(
      accounts,
      (
        rows,
      ) => `INSERT INTO connections (org_id, id, account_id, user_id, session_id, provider_account_id, scopes_requested,
          scopes_refused, scopes_granted, grantee_product, purpose, locale, consent_text, consent_hash, consented_by,
          consented_at, expires_at, created_at)
        SELECT ${org}, ${hex(kind, 'n', accounts)}::uuid, ${account('n')}::uuid, ${userId('n')}::uuid,
          ${kind === 'consent' ? `${hex('session', 'n', accounts)}::uuid` : 'NULL'}, 'p-' || n,
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
    // The first agent is everybody's assistant: the other half let in that one.
    ...each(
      accounts,
      (rows) => `INSERT INTO connection_grantees (org_id, connection_id, agent_org_id, agent_id)
        SELECT ${org}, ${consent('n')}::uuid, ${org}, ${agent('0')}::uuid FROM ${rows}`,
      1,
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
          account_ids, evidence, created_at)
        SELECT ${org}, ${hex('grant', 'n', accounts)}::uuid, ${org}, ${agent('g')}::uuid, ${userId('n')}::uuid,
          'client-' || n % 40, 'grant-' || n, 'https://mcp.test', ARRAY[${account('n')}::uuid], '{}', seed.at(${ms('n', accounts)})
        FROM (SELECT n, ${someAgent('seed.h(n, 5)')} AS g FROM ${rows} OFFSET 0) one`,
      0,
      10,
    ),
  ]
}
