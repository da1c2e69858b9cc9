-- How the portal looks for an org: one draft, and versions that are published and never change.

-- The row without a version is the draft. The highest version is what people see: going back publishes the old document
-- again, under a number of its own, so that the list says what was shown when.
CREATE TABLE brandings (
  org_id UUID NOT NULL, id UUID NOT NULL, version INTEGER, document JSONB NOT NULL, changed_fields TEXT[] DEFAULT '{}',
  restored_version INTEGER, created_by JSONB NOT NULL, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id), CHECK (version > 0)
);
CREATE UNIQUE INDEX brandings_version_key ON brandings (org_id, version);
CREATE UNIQUE INDEX brandings_draft_key ON brandings (org_id) WHERE version IS NULL;

-- Images as we encoded them and fonts as they came, once each by their digest.
CREATE TABLE branding_assets (
  org_id UUID NOT NULL, id UUID NOT NULL, sha256 TEXT NOT NULL, kind TEXT NOT NULL, content_type TEXT NOT NULL, name TEXT NOT NULL,
  bytes BYTEA NOT NULL, width INTEGER, height INTEGER, weight_min INTEGER, weight_max INTEGER, created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- From then on anybody may load it; before, only those who edit the draft.
  published_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), UNIQUE (org_id, sha256), CHECK (kind IN ('logo', 'favicon', 'font'))
);

DO $$
DECLARE t regclass;
BEGIN
  FOREACH t IN ARRAY ARRAY['brandings', 'branding_assets']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %s USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (org_id) REFERENCES organizations (id)', t);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %s TO behalf_runtime', t);
  END LOOP;
END $$;
GRANT UPDATE (document, created_by, created_at) ON brandings TO behalf_runtime;
GRANT UPDATE (published_at) ON branding_assets TO behalf_runtime;
CREATE TRIGGER immutable BEFORE UPDATE ON brandings FOR EACH ROW WHEN (OLD.version IS NOT NULL)
  EXECUTE FUNCTION refuse_change();
