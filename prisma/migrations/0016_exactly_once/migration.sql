-- Exactly once, honestly: what a policy judged is kept for replay, and a caller's own key holds one call to one effect.

-- What policy judged of a call, sealed under the org's key and led by its version: tried again when a policy changes.
ALTER TABLE executions ADD COLUMN sealed_facts bytea;
-- What is past its time is looked for every minute; rows that have been through it are never looked at again.
CREATE INDEX executions_expiring_idx ON executions (org_id, input_expires_at) WHERE sealed_input IS NOT NULL;

-- A call whose outcome is unknown is looked up at its provider a few times, each time later than before.
ALTER TABLE executions
  ADD COLUMN reconcile_tries int NOT NULL DEFAULT 0,
  ADD COLUMN reconcile_after timestamptz(3);
CREATE INDEX executions_unknown_idx ON executions (org_id, created_at) WHERE status = 'unknown';

-- Calls that policy refused leave no execution; what it judged of them is kept all the same, and for as long.
CREATE TABLE denied_calls (
  org_id uuid NOT NULL REFERENCES organizations (id),
  id uuid NOT NULL,
  tool_name text NOT NULL,
  decision jsonb NOT NULL,
  sealed_facts bytea,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (org_id, id)
);
ALTER TABLE denied_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE denied_calls FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON denied_calls USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON denied_calls TO behalf_runtime;
CREATE INDEX denied_calls_expires_idx ON denied_calls (org_id, expires_at);

-- A key that holds a tool call names the execution: what became of it is then known even when nobody came back to say.
ALTER TABLE idempotency_keys
  ADD COLUMN execution_id uuid,
  -- The last two are an import's, whose claim lies here too.
  ADD CHECK (status IN ('running', 'done', 'free', 'renewing'));
CREATE INDEX idempotency_keys_expires_idx ON idempotency_keys (org_id, expires_at);
