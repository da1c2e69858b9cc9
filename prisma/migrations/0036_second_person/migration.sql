-- A revocation of a whole organization, asked for in the console by one person and waiting for another. What was asked
-- does not change: the runtime may write down what became of it, and nothing else. It is evidence, as mass revocations are.
CREATE TABLE revocation_requests (
  org_id UUID NOT NULL, id UUID NOT NULL, filter JSONB NOT NULL, reason TEXT NOT NULL, accounts INTEGER, stop_id UUID,
  requested_by JSONB NOT NULL, status TEXT NOT NULL DEFAULT 'pending', decided_by JSONB, note TEXT, revocation_id UUID,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, expires_at TIMESTAMPTZ(3) NOT NULL,
  ended_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (org_id, stop_id) REFERENCES stops (org_id, id),
  FOREIGN KEY (org_id, revocation_id) REFERENCES mass_revocations (org_id, id),
  CHECK (status IN ('pending', 'approved', 'denied', 'withdrawn', 'expired')),
  CHECK ((status = 'approved') = (revocation_id IS NOT NULL)),
  CHECK (status NOT IN ('approved', 'denied') OR decided_by IS NOT NULL),
  -- Two people, whatever the application thinks.
  CHECK (status <> 'approved' OR decided_by ->> 'id' <> requested_by ->> 'id')
);
-- Asked for once at a time, so that nobody approves the copy of what was denied a moment ago.
CREATE UNIQUE INDEX revocation_requests_open_key ON revocation_requests (org_id, filter) WHERE status = 'pending';
CREATE INDEX revocation_requests_revocation_idx ON revocation_requests (org_id, revocation_id);

ALTER TABLE revocation_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON revocation_requests USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT ON revocation_requests TO behalf_runtime;
-- `reason` and `requested_by` only because a deleted org is emptied of what is personal.
GRANT UPDATE (status, reason, note, requested_by, decided_by, ended_at, revocation_id) ON revocation_requests TO behalf_runtime;
