-- Isolation, immutability and the few reads before a tenant is known (ARCHITECTURE.md "Data and isolation").

-- Group roles: the application's login is a member of behalf_runtime; behalf_lookup owns the lookup functions and
-- nothing else. Neither may log in, bypass row-level security, or is a member of the other.
DO $$
DECLARE role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['behalf_runtime', 'behalf_lookup'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this cluster is being migrated at the same moment
      END;
    END IF;
  END LOOP;
  IF NOT pg_has_role(current_user, 'behalf_lookup', 'USAGE') THEN
    EXECUTE format('GRANT behalf_lookup TO %I', current_user);
  END IF;
END $$;

-- The organization of the current transaction; without one nothing equals it, so every policy yields no row.
CREATE FUNCTION app_org() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.org_id', true), '')::uuid $$;

-- The deployment as an organization: what has no org of its own belongs to it.
CREATE FUNCTION deployment_org() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '00000000-0000-0000-0000-000000000000'::uuid $$;

INSERT INTO organizations (id, external_id, name) VALUES (deployment_org(), '#deployment', 'Deployment');

-- Row-level security, forced on the owner too, partitions included.
DO $$
DECLARE t regclass;
BEGIN
  FOR t IN
    SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace IN ('public'::regnamespace, 'keyring'::regnamespace)
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %s USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    IF t <> 'audit_events_default'::regclass THEN
      EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (org_id) REFERENCES organizations (id)', t);
    END IF;
  END LOOP;
END $$;
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON organizations USING (id = app_org()) WITH CHECK (id = app_org());

-- The deployment's auth configs and agents serve every org, which may read them and not change them.
CREATE POLICY deployment_shared ON auth_configs FOR SELECT USING (org_id = deployment_org());
CREATE POLICY deployment_shared ON agents FOR SELECT USING (org_id = deployment_org());
CREATE POLICY deployment_shared ON keyring.org_keys FOR SELECT USING (org_id = deployment_org());

-- References that span what Prisma's schema can say.
ALTER TABLE connect_attempts
  ADD FOREIGN KEY (auth_config_org_id, auth_config_id) REFERENCES auth_configs (org_id, id),
  ADD CHECK (auth_config_org_id IN (org_id, deployment_org())),
  ADD CHECK (status IN ('started', 'answered', 'confirmed', 'failed', 'discarded'));
ALTER TABLE connected_accounts
  ADD FOREIGN KEY (auth_config_org_id, auth_config_id) REFERENCES auth_configs (org_id, id),
  ADD FOREIGN KEY (org_id, current_connection_id) REFERENCES connections (org_id, id) DEFERRABLE INITIALLY DEFERRED,
  ADD CHECK (auth_config_org_id IN (org_id, deployment_org())),
  ADD CHECK (status IN ('active', 'needs_reauth', 'unverified', 'paused', 'revoked'));
ALTER TABLE credentials ADD FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id) ON DELETE CASCADE;
ALTER TABLE connection_grantees
  ADD FOREIGN KEY (agent_org_id, agent_id) REFERENCES agents (org_id, id),
  ADD CHECK (agent_org_id IN (org_id, deployment_org()));
ALTER TABLE agent_admissions
  ADD FOREIGN KEY (agent_org_id, agent_id) REFERENCES agents (org_id, id) ON DELETE CASCADE,
  ADD CHECK (agent_org_id = deployment_org());
ALTER TABLE executions
  ADD FOREIGN KEY (org_id, account_id) REFERENCES connected_accounts (org_id, id),
  ADD FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id),
  ADD CHECK (status IN ('running', 'succeeded', 'failed', 'unknown'));
ALTER TABLE upstream_revocations
  ADD FOREIGN KEY (org_id, account_id) REFERENCES connected_accounts (org_id, id),
  ADD CHECK (status IN ('pending', 'revoked', 'unsupported', 'unconfirmed'));
ALTER TABLE connect_sessions ADD CHECK (status IN
  ('open', 'authorizing', 'awaiting_confirmation', 'completed', 'declined', 'failed', 'expired', 'cancelled'));
ALTER TABLE policies ADD CHECK (effect = 'deny');

-- A name is free again once its user has left; a provider account is connected once per user.
CREATE UNIQUE INDEX end_users_external_id_key ON end_users (org_id, external_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX members_email_key ON members (org_id, lower(email)) WHERE disabled_at IS NULL;
CREATE UNIQUE INDEX connected_accounts_provider_key
  ON connected_accounts (org_id, user_id, connector, provider_account_id) WHERE status <> 'revoked';
CREATE UNIQUE INDEX audit_events_id_key ON audit_events (org_id, id, occurred_at);
CREATE INDEX executions_running_idx ON executions (org_id, created_at) WHERE status = 'running';
CREATE INDEX outbox_events_pending_idx ON outbox_events (org_id, created_at) WHERE delivered_at IS NULL;
CREATE INDEX audit_events_account_idx ON audit_events (org_id, connected_account_id, sequence);

-- What happened stays as it was written. The triggers hold against the owner; a superuser who disables them is
-- found by the chain.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON audit_events_default FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE ON connections FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE ON connection_grantees FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Tries an append and takes it back, so that a call whose audit could not be written is not made (THREATS.md fault 27).
CREATE FUNCTION audit_rehearse() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, actor, prev_hash, hash)
      VALUES (app_org(), -1, now(), gen_random_uuid(), 'rehearsal', 'unknown', '{}', '', '');
    UPDATE audit_heads SET hash = hash WHERE false;
    RAISE EXCEPTION 'taken back' USING ERRCODE = 'BHF01';
  EXCEPTION WHEN SQLSTATE 'BHF01' THEN
    RETURN true;
  END;
END $$;

-- Grants: the runtime reads and writes rows; it changes no consent and no audit, and owns nothing.
GRANT USAGE ON SCHEMA public, keyring TO behalf_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO behalf_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA keyring TO behalf_runtime;
REVOKE UPDATE, DELETE ON audit_events, connections, connection_grantees FROM behalf_runtime;
REVOKE ALL ON audit_events_default, _prisma_migrations FROM behalf_runtime;

-- The written list of reads before a tenant is known; each answers with ids and facts of one row, never with tenant data.
GRANT USAGE, CREATE ON SCHEMA public TO behalf_lookup;
GRANT USAGE ON SCHEMA keyring TO behalf_lookup;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['organizations', 'api_keys', 'connect_sessions', 'sign_in_links', 'agents', 'auth_configs',
    'connected_accounts', 'executions', 'audit_events', 'policies', 'outbox_events', 'members'] LOOP
    EXECUTE format('CREATE POLICY lookup ON %I FOR SELECT TO behalf_lookup USING (true)', t);
  END LOOP;
END $$;
GRANT SELECT (id, external_id, name, created_at) ON organizations TO behalf_lookup;
GRANT SELECT (org_id, id, hash, roles, expires_at, revoked_at) ON api_keys TO behalf_lookup;
GRANT SELECT (org_id, id, token_hash, link_hash, handle_hash) ON connect_sessions TO behalf_lookup;
GRANT SELECT (org_id, id, member_id, token_hash) ON sign_in_links TO behalf_lookup;
GRANT SELECT (auth_config_org_id, auth_config_id, provider_account_id, status) ON connected_accounts TO behalf_lookup;
GRANT SELECT (org_id, id) ON agents, auth_configs, connected_accounts, executions, audit_events, policies,
  outbox_events, members TO behalf_lookup;

CREATE FUNCTION lookup_org(external text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$ SELECT id FROM organizations WHERE external_id = external $$;

CREATE FUNCTION lookup_org_name(org uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$ SELECT external_id FROM organizations WHERE id = org $$;

CREATE FUNCTION list_orgs(before uuid, most int) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT id FROM organizations WHERE id <> deployment_org() AND (before IS NULL OR id < before)
  ORDER BY id DESC LIMIT most $$;

CREATE FUNCTION lookup_api_key(digest bytea)
  RETURNS TABLE (org_id uuid, id uuid, roles text[], expires_at timestamptz, revoked_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT k.org_id, k.id, k.roles, k.expires_at, k.revoked_at FROM api_keys k WHERE k.hash = digest $$;

CREATE FUNCTION lookup_connect_session(digest bytea) RETURNS TABLE (org_id uuid, id uuid, via text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT s.org_id, s.id, 'token' FROM connect_sessions s WHERE s.token_hash = digest
  UNION ALL SELECT s.org_id, s.id, 'link' FROM connect_sessions s WHERE s.link_hash = digest
  UNION ALL SELECT s.org_id, s.id, 'handle' FROM connect_sessions s WHERE s.handle_hash = digest $$;

CREATE FUNCTION lookup_sign_in_link(digest bytea) RETURNS TABLE (org_id uuid, id uuid, member_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT l.org_id, l.id, l.member_id FROM sign_in_links l WHERE l.token_hash = digest $$;

-- The org of a globally unique id, for callers that no org restricts.
CREATE FUNCTION lookup_object(kind text, object uuid) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
DECLARE found uuid;
BEGIN
  CASE kind
    WHEN 'connect_session' THEN SELECT org_id INTO found FROM connect_sessions WHERE id = object;
    WHEN 'connected_account' THEN SELECT org_id INTO found FROM connected_accounts WHERE id = object;
    WHEN 'auth_config' THEN SELECT org_id INTO found FROM auth_configs WHERE id = object;
    WHEN 'agent' THEN SELECT org_id INTO found FROM agents WHERE id = object;
    WHEN 'api_key' THEN SELECT org_id INTO found FROM api_keys WHERE id = object;
    WHEN 'execution' THEN SELECT org_id INTO found FROM executions WHERE id = object;
    WHEN 'policy' THEN SELECT org_id INTO found FROM policies WHERE id = object;
    WHEN 'event' THEN SELECT org_id INTO found FROM outbox_events WHERE id = object;
    WHEN 'member' THEN SELECT org_id INTO found FROM members WHERE id = object;
    ELSE RAISE EXCEPTION 'no lookup for %', kind;
  END CASE;
  RETURN found;
END $$;

-- Whether another live account, of whichever org, rests on the same grant at the provider: then ending that grant
-- would end it too.
CREATE FUNCTION shares_grant(config_org uuid, config uuid, provider_account text, but uuid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT EXISTS (SELECT FROM connected_accounts a WHERE a.auth_config_org_id = config_org
    AND a.auth_config_id = config AND a.provider_account_id = provider_account AND a.id <> but
    AND a.status <> 'revoked') $$;

DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO behalf_lookup', f);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO behalf_runtime', f);
  END LOOP;
END $$;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
-- The lookups by id need an index that does not begin with the org.
CREATE INDEX connect_sessions_id_idx ON connect_sessions (id);
CREATE INDEX connected_accounts_id_idx ON connected_accounts (id);
CREATE INDEX executions_id_idx ON executions (id);
CREATE INDEX outbox_events_id_idx ON outbox_events (id);
