-- What the authorization server keeps: codes, tokens, sessions and interactions in a browser, clients that registered
-- themselves, pushed requests, proofs that were used. Everything is the deployment's, as a client is known before an org
-- is. `id` is the SHA-256 of what its holder presents, which stands nowhere here; `grant_id`, `uid`, `user_code` and
-- `parent` are digests too, of what rows are found by. A refresh token's `parent` is the one that it came from.
CREATE TABLE oauth_records (
  org_id UUID NOT NULL, model TEXT NOT NULL, id BYTEA NOT NULL, payload JSONB NOT NULL,
  grant_id BYTEA, uid BYTEA, user_code BYTEA, parent BYTEA,
  -- The person behind it, for what goes with them and with their org.
  subject_org_id UUID, subject_id UUID,
  -- Who registered a client: the address, as what is counted of it.
  registered_from TEXT,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, consumed_at TIMESTAMPTZ(3), revoked_at TIMESTAMPTZ(3),
  expires_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, model, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id)
);
CREATE INDEX oauth_records_grant_idx ON oauth_records (grant_id) WHERE grant_id IS NOT NULL;
CREATE UNIQUE INDEX oauth_records_uid_key ON oauth_records (model, uid) WHERE uid IS NOT NULL;
CREATE UNIQUE INDEX oauth_records_user_code_key ON oauth_records (user_code) WHERE user_code IS NOT NULL;
CREATE INDEX oauth_records_parent_idx ON oauth_records (parent) WHERE parent IS NOT NULL;
CREATE INDEX oauth_records_subject_idx ON oauth_records (subject_org_id, subject_id) WHERE subject_org_id IS NOT NULL;
CREATE INDEX oauth_records_registered_idx ON oauth_records (registered_from, created_at) WHERE registered_from IS NOT NULL;
CREATE INDEX oauth_records_expires_idx ON oauth_records (expires_at);

ALTER TABLE oauth_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_records FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON oauth_records USING (org_id = app_org()) WITH CHECK (org_id = app_org());
CREATE POLICY lookup ON oauth_records FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_records TO behalf_runtime;
GRANT SELECT (org_id, model, id, revoked_at) ON oauth_records TO behalf_lookup;

-- Reads before a tenant is known, continued: whether an access token was taken back before its time, by the SHA-256 of
-- its `jti`. A token that was never kept here is not taken back.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE FUNCTION access_token_revoked(token bytea) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT EXISTS (SELECT FROM oauth_records WHERE org_id = deployment_org()
    AND model IN ('AccessToken', 'ClientCredentials') AND id = token AND revoked_at IS NOT NULL) $$;
ALTER FUNCTION access_token_revoked(bytea) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION access_token_revoked(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_token_revoked(bytea) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
