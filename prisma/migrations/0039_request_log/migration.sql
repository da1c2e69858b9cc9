-- What an org's keys and agents asked of /api/v1 and /mcp, for those who build on it: kept for days, written in batches a
-- second after the answer, and never what a request or an answer carried.
CREATE TABLE request_log (
  org_id UUID NOT NULL, id UUID NOT NULL, at TIMESTAMPTZ(3) NOT NULL,
  method TEXT NOT NULL,
  -- The pattern that it fitted, and what was asked for; the same where the path holds something that nobody is to read.
  route TEXT NOT NULL, path TEXT NOT NULL,
  -- The query as the operation took it.
  query TEXT NOT NULL,
  -- Names of the body's fields.
  fields TEXT[] NOT NULL,
  status INTEGER NOT NULL, error_code TEXT, duration_ms INTEGER NOT NULL,
  actor_type TEXT NOT NULL, actor_id TEXT NOT NULL, tool_name TEXT, trace_id TEXT NOT NULL,
  -- Requests before this one that were too many to be written down.
  dropped INTEGER NOT NULL,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id)
);
ALTER TABLE request_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_log FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON request_log USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, DELETE ON request_log TO behalf_runtime;
