-- What the audit explorer finds without looking through everything (docs/audit.md, "What it costs").
--
-- The first two hold a few percent of all events: what was refused or failed, and what was no call of a tool. The other two
-- are for what somebody looks for by name when it matters: one person, one agent. Everything else is looked for event by
-- event, newest first, so long and no longer. Neither full text nor traces have an index: it would cost every append more
-- than it saves the few searches.
--
-- An installation with very many events builds them without standing still by making the same index on each partition with
-- CREATE INDEX CONCURRENTLY before it upgrades: then these statements adopt what is there.
CREATE INDEX audit_events_unallowed_idx ON audit_events (org_id, sequence) INCLUDE (outcome) WHERE outcome <> 'allowed';
CREATE INDEX audit_events_quiet_idx ON audit_events (org_id, sequence) WHERE action <> 'tool.executed';
CREATE INDEX audit_events_user_idx ON audit_events (org_id, user_id, sequence) WHERE user_id IS NOT NULL;
CREATE INDEX audit_events_agent_idx ON audit_events (org_id, agent_id, sequence) WHERE agent_id IS NOT NULL;
