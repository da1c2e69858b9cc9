-- What the hours of a UTC day came to, and how far the connect sessions came that were started in it: a picture of three
-- months reads some days, and neither their hours nor their sessions. A day is written once, when nothing in it changes any
-- more, and then up to where `usage_marks` says; what is younger, or was counted by an earlier version, is read as before.
CREATE TABLE usage_days (
  org_id UUID NOT NULL, day TIMESTAMPTZ(3) NOT NULL, agent_id UUID NOT NULL, tool_name TEXT NOT NULL, status TEXT NOT NULL,
  reason TEXT NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (org_id, day, agent_id, tool_name, status, reason),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (status IN ('running', 'succeeded', 'failed', 'unknown', 'denied')), CHECK (calls > 0)
);

-- The same by connector, whoever called; and by caller, whatever for, of calls that were let through. They are a few in a
-- hundred of the rows above, and all that most looks take.
CREATE TABLE usage_outcome_days (
  org_id UUID NOT NULL, day TIMESTAMPTZ(3) NOT NULL, connector TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY (org_id, day, connector, status, reason),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (status IN ('running', 'succeeded', 'failed', 'unknown', 'denied')), CHECK (calls > 0)
);
CREATE TABLE usage_agent_days (
  org_id UUID NOT NULL, day TIMESTAMPTZ(3) NOT NULL, agent_id UUID NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (org_id, day, agent_id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (calls > 0)
);

CREATE TABLE usage_duration_days (
  org_id UUID NOT NULL, day TIMESTAMPTZ(3) NOT NULL, connector TEXT NOT NULL, step INTEGER NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (org_id, day, connector, step),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (step >= 0), CHECK (calls > 0)
);

CREATE TABLE usage_consent_days (
  org_id UUID NOT NULL, day TIMESTAMPTZ(3) NOT NULL,
  -- Empty for all sessions of the day: one may offer several connectors, or whichever there are, so that this is no sum.
  connector TEXT NOT NULL,
  started INTEGER NOT NULL, opened INTEGER NOT NULL, agreed INTEGER NOT NULL,
  -- How they ended; those that are left ran out.
  connected INTEGER NOT NULL, declined INTEGER NOT NULL, failed INTEGER NOT NULL, cancelled INTEGER NOT NULL,
  PRIMARY KEY (org_id, day, connector),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (started > 0)
);

-- Up to which day an org's days are written; none before the first.
ALTER TABLE usage_marks ADD COLUMN days_through TIMESTAMPTZ(3);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['usage_days', 'usage_outcome_days', 'usage_agent_days', 'usage_duration_days', 'usage_consent_days'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO behalf_runtime', t);
  END LOOP;
END $$;
