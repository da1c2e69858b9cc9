-- What was missed by the console's lists beside a million accounts and ten million events (docs/performance.md, "The console
-- beside much of everything"). An installation with very many events builds them without standing still as 0033 says.

-- Consents that end soon, with the accounts that they are of: found without a look at any row.
DROP INDEX connections_expires_at_idx;
CREATE INDEX connections_ending_idx ON connections (org_id, expires_at, account_id) WHERE expires_at IS NOT NULL;

-- Refused calls carry in the index what they are filtered by, so that looking through all of them for a tool, an agent or a
-- person reads no event but those that are shown. They are a few percent of all events.
DROP INDEX audit_events_refused_calls_idx;
CREATE INDEX audit_events_refused_calls_idx ON audit_events (org_id, occurred_at, sequence)
  INCLUDE (tool_name, agent_id, user_id, connected_account_id, error_code)
  WHERE action = 'tool.executed' AND outcome = 'denied';
