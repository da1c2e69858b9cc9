-- Single sign-on to the console by OpenID Connect. `sso_keys` and `sso_assertions` are another thing: a product's word
-- about its own users at the portal.

-- An identity provider of an org's, or of the deployment's. `role_bindings` is an object: group → role. The secret is
-- absent where the client proves itself by PKCE alone.
CREATE TABLE sso_connections (
  org_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, issuer TEXT NOT NULL, client_id TEXT NOT NULL,
  client_auth TEXT NOT NULL DEFAULT 'client_secret_basic', sealed_client_secret BYTEA,
  scopes TEXT[] NOT NULL DEFAULT '{openid,email,profile}', groups_claim TEXT NOT NULL DEFAULT 'groups',
  creates_members BOOLEAN NOT NULL DEFAULT false, role_bindings JSONB NOT NULL DEFAULT '{}',
  status TEXT NOT NULL DEFAULT 'off', created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id), FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (status IN ('on', 'off')), CHECK (client_auth IN ('client_secret_basic', 'client_secret_post', 'none')),
  CHECK (client_auth <> 'none' OR sealed_client_secret IS NULL)
);
-- An address leads to one org and so to one connection: with two, whoever signs in would have to know which.
CREATE UNIQUE INDEX sso_connections_on_key ON sso_connections (org_id) WHERE status = 'on';

-- The domains of addresses that lead to an org's connection. Anybody may ask for one, and one org has it: the one that
-- proved it by a TXT record. An unproven claim blocks nobody.
CREATE TABLE sso_domains (
  org_id UUID NOT NULL, id UUID NOT NULL, domain TEXT NOT NULL, token TEXT NOT NULL, problem TEXT,
  checked_at TIMESTAMPTZ(3), verified_at TIMESTAMPTZ(3), failing_since TIMESTAMPTZ(3), created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id), FOREIGN KEY (org_id) REFERENCES organizations (id)
);
CREATE UNIQUE INDEX sso_domains_domain_key ON sso_domains (org_id, domain);
CREATE UNIQUE INDEX sso_domains_verified_key ON sso_domains (domain) WHERE verified_at IS NOT NULL;

-- What an org asks of its members' sign-in; no row asks nothing.
CREATE TABLE sign_in_rules (
  org_id UUID NOT NULL PRIMARY KEY REFERENCES organizations (id), sso_required_since TIMESTAMPTZ(3),
  changed_by JSONB NOT NULL, changed_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Whose role the groups decide at each sign-in ('groups'), as opposed to those whom somebody gave one ('hand'); and why
-- a member is off: one whom the groups put out comes back with them, one whom a person removed does not.
ALTER TABLE members ADD COLUMN role_by TEXT NOT NULL DEFAULT 'hand' CHECK (role_by IN ('hand', 'groups')),
  ADD COLUMN disabled_why TEXT CHECK (disabled_why = 'groups');
-- The key of an account is who vouches for it and under which name (THREATS.md K2), never its address.
CREATE UNIQUE INDEX members_key_key ON members (org_id, iss, sub) WHERE iss IS NOT NULL AND disabled_at IS NULL;

-- A link that the operator printed on the server opens the console where an org requires single sign-on.
ALTER TABLE sign_in_links ADD COLUMN break_glass BOOLEAN NOT NULL DEFAULT false;

DO $$
DECLARE t regclass;
BEGIN
  FOREACH t IN ARRAY ARRAY['sso_connections', 'sso_domains', 'sign_in_rules']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %s USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO behalf_runtime', t);
  END LOOP;
END $$;

-- Reads before a tenant is known, continued: to which org's sign-in the domain of an address leads.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE POLICY lookup ON sso_domains FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, domain, verified_at) ON sso_domains TO behalf_lookup;
CREATE FUNCTION lookup_sso_domain(host text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT d.org_id FROM sso_domains d JOIN organizations o ON o.id = d.org_id
  WHERE d.domain = host AND d.verified_at IS NOT NULL AND o.deleted_at IS NULL $$;
ALTER FUNCTION lookup_sso_domain(text) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_sso_domain(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_sso_domain(text) TO behalf_runtime;
-- The object lookup knows the new kind by one of its own.
CREATE POLICY lookup ON sso_connections FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id) ON sso_connections TO behalf_lookup;
CREATE FUNCTION lookup_sso_connection(object uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT c.org_id FROM sso_connections c JOIN organizations o ON o.id = c.org_id
  WHERE c.id = object AND o.deleted_at IS NULL $$;
ALTER FUNCTION lookup_sso_connection(uuid) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_sso_connection(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_sso_connection(uuid) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
