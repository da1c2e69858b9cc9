-- How long calls stay away from a provider that refused for the rate: one account's, or all that one OAuth client makes.
-- Written when a provider says so and read with the facts of a call, so that no process asks before it may.
CREATE TABLE upstream_waits (
  org_id UUID NOT NULL, subject_id UUID NOT NULL, kind TEXT NOT NULL, not_before TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, subject_id),
  CHECK (kind IN ('account', 'auth_config'))
);
ALTER TABLE upstream_waits ENABLE ROW LEVEL SECURITY;
ALTER TABLE upstream_waits FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON upstream_waits USING (org_id = app_org()) WITH CHECK (org_id = app_org());
-- A client of the deployment's is used by every org, and its limit is met by all of them.
CREATE POLICY deployment_shared ON upstream_waits FOR SELECT USING (org_id = deployment_org() AND app_org() IS NOT NULL);
ALTER TABLE upstream_waits ADD FOREIGN KEY (org_id) REFERENCES organizations (id);
GRANT SELECT, INSERT, UPDATE, DELETE ON upstream_waits TO behalf_runtime;
