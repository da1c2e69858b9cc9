-- Mail, the one-time code of the confirm screen, hosts' signed sign-in, and an organization's own domains.

-- What is to be mailed, sealed until it has gone: a job is queued with its id alone. `recipient_key` is an HMAC under
-- the org's key, by which mail to one address is counted.
CREATE TABLE mails (
  org_id UUID NOT NULL, id UUID NOT NULL, kind TEXT NOT NULL, session_id UUID, recipient_key TEXT NOT NULL,
  sealed BYTEA, key_version INTEGER, status TEXT NOT NULL DEFAULT 'queued', attempts INTEGER NOT NULL DEFAULT 0,
  error_code TEXT, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, sent_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, session_id) REFERENCES connect_sessions (org_id, id) ON DELETE CASCADE,
  CHECK (kind IN ('code', 'link')), CHECK (status IN ('queued', 'sent', 'failed')),
  CHECK ((sealed IS NULL) = (key_version IS NULL))
);
CREATE INDEX mails_recipient_idx ON mails (org_id, recipient_key, created_at);
CREATE INDEX mails_created_idx ON mails (org_id, created_at);

-- The code of one attempt: an HMAC, as six digits are guessed in a moment from a bare hash. Tries are counted over all
-- codes of the attempt, so that a new code is no new set of guesses.
CREATE TABLE confirm_codes (
  org_id UUID NOT NULL, attempt_id UUID NOT NULL, code_hmac TEXT NOT NULL, mail_id UUID NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT NULL DEFAULT 1, ended TEXT,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, sent_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, attempt_id),
  FOREIGN KEY (org_id, attempt_id) REFERENCES connect_attempts (org_id, id) ON DELETE CASCADE,
  CHECK (ended IN ('confirmed', 'too_many_tries', 'not_me'))
);

CREATE TABLE sso_keys (
  org_id UUID NOT NULL, id UUID NOT NULL, issuer TEXT NOT NULL, jwks JSONB, jwks_uri TEXT, created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, disabled_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), CHECK (jwks IS NULL OR jwks_uri IS NULL)
);
-- One issuer has one set of keys: with two, withdrawing one would look like withdrawing the issuer.
CREATE UNIQUE INDEX sso_keys_issuer_key ON sso_keys (org_id, issuer) WHERE disabled_at IS NULL;

-- Assertions that were used, until they have expired anyway. The digest is of issuer and `jti`.
CREATE TABLE sso_assertions (
  org_id UUID NOT NULL, digest BYTEA NOT NULL, expires_at TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, digest)
);

CREATE TABLE custom_domains (
  org_id UUID NOT NULL, id UUID NOT NULL, hostname TEXT NOT NULL, token TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending', is_primary BOOLEAN NOT NULL DEFAULT false, proven_parent TEXT,
  problems JSONB NOT NULL DEFAULT '[]', checked_at TIMESTAMPTZ(3), live_since TIMESTAMPTZ(3), failing_since TIMESTAMPTZ(3),
  created_by JSONB NOT NULL, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id),
  CHECK (status IN ('pending', 'misconfigured', 'live')), CHECK ((status = 'live') = (live_since IS NOT NULL)),
  CHECK (status = 'live' OR NOT is_primary)
);
CREATE UNIQUE INDEX custom_domains_hostname_key ON custom_domains (org_id, hostname);
-- Anybody may ask for a hostname, and one org has it: the one that proved it. An unproven claim blocks nobody.
CREATE UNIQUE INDEX custom_domains_live_key ON custom_domains (hostname) WHERE live_since IS NOT NULL;
CREATE UNIQUE INDEX custom_domains_primary_key ON custom_domains (org_id) WHERE is_primary;

-- The domain of the org's that the session's links were made for: where a callback takes the browser back to.
ALTER TABLE connect_sessions ADD COLUMN portal_host TEXT;

DO $$
DECLARE t regclass;
BEGIN
  FOREACH t IN ARRAY ARRAY['mails', 'confirm_codes', 'sso_keys', 'sso_assertions', 'custom_domains']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %s USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (org_id) REFERENCES organizations (id)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO behalf_runtime', t);
  END LOOP;
END $$;

-- Reads before a tenant is known, continued: whose page a Host header asks for.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE POLICY lookup ON custom_domains FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, hostname, live_since) ON custom_domains TO behalf_lookup;
CREATE FUNCTION lookup_domain(host text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT d.org_id FROM custom_domains d JOIN organizations o ON o.id = d.org_id
  WHERE d.hostname = host AND d.live_since IS NOT NULL AND o.deleted_at IS NULL $$;
ALTER FUNCTION lookup_domain(text) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_domain(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_domain(text) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
