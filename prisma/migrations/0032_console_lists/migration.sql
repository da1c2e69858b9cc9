-- The console's lists: what a member keeps of how they look at one, and what makes each filter, order and count of the
-- overview one look into an index, however much an org has.

-- A filter with its columns, as the address of the list writes it. The one without a name holds the columns and the
-- density that the member chose last. It is the member's own, in the org that they are a member of.
CREATE TABLE saved_views (
  org_id UUID NOT NULL, id UUID NOT NULL, member_id UUID NOT NULL, list TEXT NOT NULL, name TEXT NOT NULL,
  query TEXT NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, member_id, list, name),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (org_id, member_id) REFERENCES members (org_id, id) ON DELETE CASCADE,
  CHECK (length(list) <= 30), CHECK (length(name) <= 60), CHECK (length(query) <= 2000)
);
ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_views FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON saved_views USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO behalf_runtime;

-- Connections, by what they are filtered and ordered by. `used_at` is a column because row-level security lets no index
-- be entered by an expression: all but plain comparisons wait until the rows have been read. It changes at most once a
-- minute, as `last_used_at` does.
ALTER TABLE connected_accounts ADD COLUMN used_at TIMESTAMPTZ(3) GENERATED ALWAYS AS (coalesce(last_used_at, created_at)) STORED;
CREATE INDEX connected_accounts_status_idx ON connected_accounts (org_id, status, id) WHERE deleted_at IS NULL;
CREATE INDEX connected_accounts_connector_idx ON connected_accounts (org_id, connector, id) WHERE deleted_at IS NULL;
CREATE INDEX connected_accounts_used_idx ON connected_accounts (org_id, used_at, id) WHERE deleted_at IS NULL;
CREATE INDEX connected_accounts_dormant_idx ON connected_accounts (org_id, used_at, id)
  WHERE deleted_at IS NULL AND status = 'active';
CREATE INDEX connections_user_idx ON connections (org_id, user_id, id);

-- What agents did, by who, for whom, with what, and how it ended where it did not end well.
CREATE INDEX executions_user_idx ON executions (org_id, user_id, id);
CREATE INDEX executions_account_idx ON executions (org_id, account_id, id);
CREATE INDEX executions_tool_idx ON executions (org_id, tool_name, id);
CREATE INDEX executions_agent_idx ON executions (org_id, agent_id, id) WHERE agent_id IS NOT NULL;
CREATE INDEX executions_failed_idx ON executions (org_id, id) WHERE status = 'failed';

-- Calls that were refused have no execution: they are in the audit alone.
CREATE INDEX audit_events_refused_calls_idx ON audit_events (org_id, occurred_at, sequence)
  WHERE action = 'tool.executed' AND outcome = 'denied';

CREATE INDEX end_users_deactivated_idx ON end_users (org_id, id) WHERE deactivated_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX end_users_org_email_idx ON end_users (org_id, email) WHERE deleted_at IS NULL;
