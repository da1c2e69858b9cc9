-- Credentials that people paste: API keys, passwords, clients and service accounts of their own.

-- A form has no client of ours at the provider. One row of the deployment's stands for it all the same: what hangs on an
-- auth config (the operator's switch and addresses, allowances, incidents, evidence) then holds for it as for any other.
ALTER TABLE auth_configs ADD COLUMN kind TEXT NOT NULL DEFAULT 'oauth2', ADD CHECK (kind IN ('oauth2', 'form')),
  ADD CHECK (kind = 'oauth2' OR (client_id = '' AND sealed_client_secret IS NULL AND org_id = deployment_org()));
CREATE UNIQUE INDEX auth_configs_form_key ON auth_configs (connector) WHERE kind = 'form';

-- What a person gave that did not pass yet: the rest in clear, so that it stands in the form again, the secrets sealed,
-- led by their key version, for as long as `form_expires_at` says.
ALTER TABLE connect_attempts ADD COLUMN form JSONB, ADD COLUMN sealed_form BYTEA,
  ADD COLUMN form_expires_at TIMESTAMPTZ(3), ADD CHECK (sealed_form IS NULL OR form_expires_at IS NOT NULL);
CREATE INDEX connect_attempts_form_idx ON connect_attempts (org_id, form_expires_at) WHERE form_expires_at IS NOT NULL;

-- Whatever ends an attempt ends what was kept for it: there are many ways to end one, and none may forget to.
CREATE FUNCTION forget_form() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.form := NULL;
  NEW.sealed_form := NULL;
  NEW.form_expires_at := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER forget_form BEFORE UPDATE ON connect_attempts FOR EACH ROW
  WHEN (NEW.status <> 'started' AND NEW.form_expires_at IS NOT NULL) EXECUTE FUNCTION forget_form();

-- How often somebody had a credential tried at a provider: the form must not serve to guess them.
CREATE TABLE credential_tries (
  org_id UUID NOT NULL, subject TEXT NOT NULL, tries INTEGER NOT NULL, started_at TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, subject)
);
ALTER TABLE credential_tries ENABLE ROW LEVEL SECURITY;
ALTER TABLE credential_tries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON credential_tries USING (org_id = app_org()) WITH CHECK (org_id = app_org());
ALTER TABLE credential_tries ADD FOREIGN KEY (org_id) REFERENCES organizations (id);
GRANT SELECT, INSERT, UPDATE, DELETE ON credential_tries TO behalf_runtime;
