-- Policies as code: versions of what an org's calls are decided by, and the cases that a version has to get right.

-- Where the org's clocks are, for policies that speak of hours and weeks: an IANA name. NULL is UTC.
ALTER TABLE organizations ADD COLUMN timezone TEXT CHECK (timezone ~ '^[A-Za-z0-9_+/-]{1,64}$');

-- One set of policies. A draft may change; from the moment that it was first published it stays what it was.
CREATE TABLE policy_versions (
  org_id UUID NOT NULL, id UUID NOT NULL, number INTEGER NOT NULL, engine TEXT NOT NULL, source TEXT NOT NULL,
  note TEXT, reads_usage BOOLEAN NOT NULL, created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  published_at TIMESTAMPTZ(3), published_by JSONB, discarded_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), UNIQUE (org_id, number),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (engine IN ('cedar', 'opa')), CHECK (number > 0), CHECK (length(source) <= 262144),
  CHECK ((published_at IS NULL) = (published_by IS NULL)),
  CHECK (published_at IS NULL OR discarded_at IS NULL)
);
CREATE INDEX policy_versions_id_idx ON policy_versions (id);

-- The version in force: read with every call, so that it stands where nothing has to be searched for.
CREATE TABLE policy_heads (
  org_id UUID NOT NULL, version_id UUID NOT NULL,
  changed_by JSONB NOT NULL, changed_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (org_id, version_id) REFERENCES policy_versions (org_id, id)
);

-- Made-up calls and what is to be decided about them: no version that gets one wrong is published unawares.
CREATE TABLE policy_cases (
  org_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, facts JSONB NOT NULL, expected JSONB NOT NULL,
  created_by JSONB NOT NULL, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, deleted_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id)
);
CREATE INDEX policy_cases_id_idx ON policy_cases (id);

-- How often something was called lately, for policies that ask; an org that never published one pays nothing for it.
CREATE INDEX executions_usage_idx ON executions (org_id, account_id, tool_name, actor_id, created_at)
  WHERE decision ->> 'engine' <> 'builtin';

-- What calls were decided by can be shown for ever: the application could not rewrite it even by mistake. Only the end
-- of the org empties it.
CREATE FUNCTION keep_policy_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.published_at IS NOT NULL
    AND (NEW.org_id, NEW.id, NEW.number, NEW.engine, NEW.source, NEW.reads_usage, NEW.published_at, NEW.created_at)
      IS DISTINCT FROM
      (OLD.org_id, OLD.id, OLD.number, OLD.engine, OLD.source, OLD.reads_usage, OLD.published_at, OLD.created_at)
    AND NOT (NEW.source = '' AND (NEW.org_id, NEW.id, NEW.number, NEW.published_at)
      = (OLD.org_id, OLD.id, OLD.number, OLD.published_at))
  THEN RAISE EXCEPTION 'a published version stays as it is' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER kept AFTER UPDATE ON policy_versions FOR EACH ROW EXECUTE FUNCTION keep_policy_version();

ALTER TABLE policy_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON policy_versions USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE ON policy_versions TO behalf_runtime;
REVOKE DELETE ON policy_versions FROM behalf_runtime;
ALTER TABLE policy_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON policy_heads USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON policy_heads TO behalf_runtime;
ALTER TABLE policy_cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy_cases FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON policy_cases USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON policy_cases TO behalf_runtime;

-- Reads before a tenant is known, continued: a function of its own, as for connections.
CREATE POLICY lookup ON policy_versions FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id) ON policy_versions TO behalf_lookup;
CREATE POLICY lookup ON policy_cases FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id) ON policy_cases TO behalf_lookup;
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE FUNCTION lookup_policy_object(object uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT f.org_id FROM (
    SELECT org_id FROM policy_versions WHERE id = object
    UNION ALL SELECT org_id FROM policy_cases WHERE id = object) f
  JOIN organizations o ON o.id = f.org_id WHERE o.deleted_at IS NULL $$;
ALTER FUNCTION lookup_policy_object(uuid) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_policy_object(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_policy_object(uuid) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
