-- The most that people of a group may use at a provider, and details of calls that are good for one.

-- One row per group and connector; the row without a group is for whoever is in none of the bound ones. The group's name
-- is '' there, as a key cannot hold a null.
CREATE TABLE scope_ceilings (
  org_id UUID NOT NULL, id UUID NOT NULL, connector TEXT NOT NULL, group_name TEXT NOT NULL DEFAULT '',
  scopes TEXT[] DEFAULT '{}', created_by JSONB NOT NULL, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (scopes IS NOT NULL)
);
CREATE UNIQUE INDEX scope_ceilings_group_key ON scope_ceilings (org_id, connector, group_name);
ALTER TABLE scope_ceilings ENABLE ROW LEVEL SECURITY;
ALTER TABLE scope_ceilings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON scope_ceilings USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON scope_ceilings TO behalf_runtime;

-- Authorization details (RFC 9396) that say they are good for one call, once they were used for it. A caller's names are
-- its own: another's use of the same name is no use of this one. A row is of no use after its detail has expired.
CREATE TABLE used_details (
  org_id UUID NOT NULL, caller TEXT NOT NULL, jti TEXT NOT NULL, execution_id UUID NOT NULL,
  used_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, expires_at TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, caller, jti),
  FOREIGN KEY (org_id) REFERENCES organizations (id)
);
CREATE INDEX used_details_expiry_idx ON used_details (org_id, expires_at);
ALTER TABLE used_details ENABLE ROW LEVEL SECURITY;
ALTER TABLE used_details FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON used_details USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON used_details TO behalf_runtime;
