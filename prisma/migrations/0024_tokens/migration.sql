-- Access tokens at our own resources, and what is handed in for them.

-- What is good once and was used, until its own time refuses it anyway: DPoP proofs (RFC 9449 §11.1) and the users'
-- assertions that are exchanged. The digest is of who made it and its `jti`.
CREATE TABLE used_proofs (
  org_id UUID NOT NULL, kind TEXT NOT NULL, digest BYTEA NOT NULL, expires_at TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, kind, digest),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (kind IN ('dpop', 'user_assertion'))
);
CREATE INDEX used_proofs_expiry_idx ON used_proofs (org_id, expires_at);
ALTER TABLE used_proofs ENABLE ROW LEVEL SECURITY;
ALTER TABLE used_proofs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON used_proofs USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, DELETE ON used_proofs TO behalf_runtime;

-- Every agent that a call went through by its public id, the one that called first: whose authority it was is read
-- from the end. Empty where no agent called.
ALTER TABLE executions ADD COLUMN actors TEXT[] DEFAULT '{}', ADD CHECK (actors IS NOT NULL);

-- Which issuer may also speak for users where no browser is: an assertion of its is exchanged for an access token. One
-- that was registered for pages alone never may.
ALTER TABLE sso_keys ADD COLUMN token_exchange BOOLEAN NOT NULL DEFAULT false;
