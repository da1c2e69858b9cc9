-- The accounts that let an agent in, found from the agent: without these that is a look at every consent and every account
-- there is (docs/performance.md, "The console beside much of everything"). The first is written when somebody consents. The
-- second is an entry more for each write of an account, which calls cause at most once a minute.
CREATE INDEX connection_grantees_agent_idx ON connection_grantees (org_id, agent_org_id, agent_id, connection_id);
CREATE INDEX connected_accounts_consent_idx ON connected_accounts (org_id, current_connection_id, id) WHERE deleted_at IS NULL;

-- Accounts of a status carry in the index when they were used last: the newest that have not been used for long are found
-- without a look at those that were. It is written when the column changes, as it was before.
DROP INDEX connected_accounts_status_idx;
CREATE INDEX connected_accounts_status_idx ON connected_accounts (org_id, status, id) INCLUDE (used_at) WHERE deleted_at IS NULL;

-- Events that are no calls, by what they are called: rare ones are found however long ago they were. No call of a tool is in
-- it, so that none pays for it. An installation with very many events builds it without standing still as 0033 says.
CREATE INDEX audit_events_action_idx ON audit_events (org_id, action, sequence) WHERE action <> 'tool.executed';
