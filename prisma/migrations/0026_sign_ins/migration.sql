-- How an end user proves to the authorization server who they are: the product vouches for them, or a code goes to the
-- address that is known of them.

-- One try of one interaction. Where the product is asked, `handle` is the digest of what it is sent, and `code` that of
-- what it answers with, good once and in the browser of the interaction alone. Where a code is mailed, it is kept as an
-- HMAC, and `people` are those who have the address: pairs of org and user, by internal id. Rows whose org is not known
-- yet are the deployment's. A row is forgotten a day after it ended.
CREATE TABLE sign_ins (
  org_id UUID NOT NULL, id UUID NOT NULL, interaction TEXT NOT NULL, kind TEXT NOT NULL,
  handle BYTEA, code BYTEA, code_hmac TEXT, people JSONB NOT NULL DEFAULT '[]',
  tries INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT NULL DEFAULT 0,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, sent_at TIMESTAMPTZ(3),
  expires_at TIMESTAMPTZ(3) NOT NULL, proved_at TIMESTAMPTZ(3), ended TEXT,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (kind IN ('product', 'mail')), CHECK (kind = 'product' OR (handle IS NULL AND code IS NULL)),
  CHECK (ended IN ('signed_in', 'elsewhere'))
);
CREATE UNIQUE INDEX sign_ins_interaction_key ON sign_ins (org_id, interaction, kind);
CREATE UNIQUE INDEX sign_ins_handle_key ON sign_ins (handle) WHERE handle IS NOT NULL;
CREATE UNIQUE INDEX sign_ins_code_key ON sign_ins (code) WHERE code IS NOT NULL;
CREATE INDEX sign_ins_expires_idx ON sign_ins (org_id, expires_at);

ALTER TABLE mails DROP CONSTRAINT mails_kind_check, ADD CHECK (kind IN ('code', 'link', 'sign_in'));
-- Letters of ASCII alone are the same in either case: no other address may pass for one's own.
CREATE INDEX end_users_email_idx ON end_users (lower(email COLLATE "C")) WHERE deleted_at IS NULL;

ALTER TABLE sign_ins ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_ins FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sign_ins USING (org_id = app_org()) WITH CHECK (org_id = app_org());
CREATE POLICY lookup ON sign_ins FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_ins TO behalf_runtime;
GRANT SELECT (org_id, id, handle, code) ON sign_ins TO behalf_lookup;

-- Reads before a tenant is known, continued: whose sign-in a product confirms, and which orgs know an address.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE POLICY lookup ON end_users FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id, email, deleted_at, deactivated_at) ON end_users TO behalf_lookup;
CREATE FUNCTION lookup_sign_in(digest bytea) RETURNS TABLE (org_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT s.org_id, s.id FROM sign_ins s WHERE (s.handle = digest OR s.code = digest) AND NOT EXISTS
    (SELECT FROM organizations o WHERE o.id = s.org_id AND o.deleted_at IS NOT NULL) $$;
CREATE FUNCTION lookup_people(address text) RETURNS TABLE (org_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  -- Addresses are what products say of their users: one org's many are not to push another's one off the list.
  SELECT found.org_id, found.id FROM (SELECT u.org_id, u.id, row_number() OVER (PARTITION BY u.org_id ORDER BY u.id) AS nth
  FROM end_users u WHERE lower(u.email COLLATE "C") = lower(address COLLATE "C") AND u.deleted_at IS NULL
    AND u.deactivated_at IS NULL AND NOT EXISTS
    (SELECT FROM organizations o WHERE o.id = u.org_id AND o.deleted_at IS NOT NULL)
  ) found WHERE found.nth <= 3 ORDER BY found.nth, found.id LIMIT 60 $$;
ALTER FUNCTION lookup_sign_in(bytea) OWNER TO behalf_lookup;
ALTER FUNCTION lookup_people(text) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_sign_in(bytea), lookup_people(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_sign_in(bytea), lookup_people(text) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
