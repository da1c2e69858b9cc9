-- The life of keys and credentials: several keys per org and their rotation, a key per generation of a credential,
-- refresh ahead of need, revocation of many at once (ARCHITECTURE.md "Vault").

-- A deleted org's name is free again.
ALTER TABLE organizations
  ADD COLUMN key_service TEXT, ADD COLUMN key_name TEXT, ADD COLUMN deleted_at TIMESTAMPTZ(3),
  ADD CHECK ((key_service IS NULL) = (key_name IS NULL));
DROP INDEX organizations_external_id_key;
CREATE UNIQUE INDEX organizations_external_id_key ON organizations (external_id) WHERE deleted_at IS NULL;
GRANT SELECT (deleted_at) ON organizations TO behalf_lookup;
CREATE OR REPLACE FUNCTION lookup_org(external text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS
$$ SELECT id FROM organizations WHERE external_id = external AND deleted_at IS NULL $$;
CREATE OR REPLACE FUNCTION list_orgs(before uuid, most int) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT id FROM organizations WHERE id <> deployment_org() AND deleted_at IS NULL AND (before IS NULL OR id < before)
  ORDER BY id DESC LIMIT most $$;

ALTER TABLE keyring.org_keys
  ADD COLUMN purpose TEXT NOT NULL DEFAULT 'data', ADD COLUMN key_id TEXT NOT NULL DEFAULT '',
  ADD COLUMN destroyed_at TIMESTAMPTZ(3), ALTER COLUMN wrapped DROP NOT NULL,
  DROP CONSTRAINT org_keys_pkey, ADD PRIMARY KEY (org_id, purpose, version),
  ADD CHECK (purpose IN ('data', 'hmac')), ADD CHECK (wrapped IS NULL OR destroyed_at IS NULL);

-- No foreign key to the account: this schema is restored by itself, and may then know more accounts or fewer.
CREATE TABLE keyring.credential_keys (
  org_id UUID NOT NULL, account_id UUID NOT NULL, generation BIGINT NOT NULL, key BYTEA NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, account_id, generation)
);

CREATE TABLE key_rotations (
  org_id UUID NOT NULL, id UUID NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, from_version INTEGER, to_version INTEGER,
  total INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, error_code TEXT,
  created_by JSONB NOT NULL, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, finished_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id),
  CHECK (kind IN ('rewrap', 'reencrypt')), CHECK (status IN ('running', 'done', 'failed'))
);
CREATE UNIQUE INDEX key_rotations_running_key ON key_rotations (org_id, kind) WHERE status = 'running';

ALTER TABLE auth_configs ADD COLUMN sealed_event_secret BYTEA;
ALTER TABLE end_users ADD COLUMN deactivated_at TIMESTAMPTZ(3);
ALTER TABLE upstream_revocations ADD COLUMN give_up_at TIMESTAMPTZ(3);
ALTER TABLE connected_accounts ADD COLUMN credential_generation BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN was_paused BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE credentials
  ADD COLUMN access_ttl INTEGER, ADD COLUMN refresh_intent_at TIMESTAMPTZ(3), ADD COLUMN lost_since TIMESTAMPTZ(3), ADD COLUMN refresh_due_at TIMESTAMPTZ(3),
  ADD COLUMN hold_until TIMESTAMPTZ(3), ADD COLUMN hold_reason TEXT, ADD COLUMN failures INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN dead_at TIMESTAMPTZ(3), ADD COLUMN dead_reason TEXT, ADD COLUMN refreshed_at TIMESTAMPTZ(3),
  ADD CHECK (hold_reason IN ('suspect', 'config', 'transient')), ADD CHECK ((dead_at IS NULL) = (dead_reason IS NULL));
CREATE INDEX credentials_due_idx ON credentials (refresh_due_at) WHERE refreshable AND dead_at IS NULL;
CREATE INDEX credentials_dead_idx ON credentials (org_id, dead_at) WHERE dead_at IS NOT NULL;
-- What was sealed before generations had keys of their own does not open any more: its account is connected again. The
-- owner is held to row-level security, so that the two tables are let go of for a moment.
ALTER TABLE connected_accounts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE credentials NO FORCE ROW LEVEL SECURITY;
UPDATE connected_accounts a SET credential_generation = c.generation,
  status = CASE WHEN a.status IN ('active', 'paused') THEN 'needs_reauth' ELSE a.status END,
  status_reason = CASE WHEN a.status IN ('active', 'paused') THEN 'sealed_before_upgrade' ELSE a.status_reason END
  FROM credentials c WHERE c.org_id = a.org_id AND c.account_id = a.id;
DELETE FROM credentials;
ALTER TABLE connected_accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE credentials FORCE ROW LEVEL SECURITY;

CREATE TABLE refresh_outcomes (
  org_id UUID NOT NULL, auth_config_id UUID NOT NULL, minute TIMESTAMPTZ(3) NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (org_id, auth_config_id, minute, outcome),
  FOREIGN KEY (org_id, auth_config_id) REFERENCES auth_configs (org_id, id) ON DELETE CASCADE
);
CREATE TABLE refresh_budgets (
  org_id UUID NOT NULL, auth_config_id UUID NOT NULL, tokens DOUBLE PRECISION NOT NULL, updated_at TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, auth_config_id),
  FOREIGN KEY (org_id, auth_config_id) REFERENCES auth_configs (org_id, id) ON DELETE CASCADE
);
CREATE TABLE provider_incidents (
  org_id UUID NOT NULL, id UUID NOT NULL, auth_config_id UUID NOT NULL, connector TEXT NOT NULL, error_code TEXT NOT NULL,
  started_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, last_seen_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  resolution TEXT, resolved_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), CHECK (resolution IN ('recovered', 'confirmed')),
  CHECK ((resolution IS NULL) = (resolved_at IS NULL)),
  FOREIGN KEY (org_id, auth_config_id) REFERENCES auth_configs (org_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX provider_incidents_open_key ON provider_incidents (org_id, auth_config_id, error_code)
  WHERE resolved_at IS NULL;
CREATE TABLE provider_notices (
  org_id UUID NOT NULL, auth_config_id UUID NOT NULL, notice_id TEXT NOT NULL,
  received_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, auth_config_id, notice_id),
  FOREIGN KEY (org_id, auth_config_id) REFERENCES auth_configs (org_id, id) ON DELETE CASCADE
);
CREATE TABLE mass_revocations (
  org_id UUID NOT NULL, id UUID NOT NULL, batch_id UUID NOT NULL, filter JSONB NOT NULL, reason TEXT NOT NULL,
  status TEXT NOT NULL, total INTEGER NOT NULL DEFAULT 0, certificate JSONB, created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, worked_until TIMESTAMPTZ(3), finished_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), CHECK (status IN ('running', 'done'))
);
CREATE INDEX mass_revocations_id_idx ON mass_revocations (id);
CREATE TABLE mass_revocation_accounts (
  org_id UUID NOT NULL, revocation_id UUID NOT NULL, account_id UUID NOT NULL, upstream_revocation_id UUID, upstream TEXT NOT NULL,
  error_code TEXT, stopped_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, settled_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, revocation_id, account_id),
  FOREIGN KEY (org_id, revocation_id) REFERENCES mass_revocations (org_id, id),
  FOREIGN KEY (org_id, account_id) REFERENCES connected_accounts (org_id, id),
  FOREIGN KEY (org_id, upstream_revocation_id) REFERENCES upstream_revocations (org_id, id),
  CHECK (upstream IN ('pending', 'revoked', 'unsupported', 'unconfirmed', 'nothing_owed'))
);

-- References that were missing.
ALTER TABLE connections ADD FOREIGN KEY (org_id, user_id) REFERENCES end_users (org_id, id);
ALTER TABLE executions ADD FOREIGN KEY (org_id, user_id) REFERENCES end_users (org_id, id);
ALTER TABLE upstream_revocations
  ADD FOREIGN KEY (auth_config_org_id, auth_config_id) REFERENCES auth_configs (org_id, id),
  ADD CHECK (auth_config_org_id IN (org_id, deployment_org()));

DO $$
DECLARE t regclass;
BEGIN
  FOREACH t IN ARRAY ARRAY['keyring.credential_keys', 'key_rotations', 'refresh_outcomes', 'refresh_budgets', 'provider_incidents',
    'provider_notices', 'mass_revocations', 'mass_revocation_accounts']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %s USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (org_id) REFERENCES organizations (id)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO behalf_runtime', t);
  END LOOP;
END $$;

-- Reads before a tenant is known, continued.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE POLICY lookup ON credentials FOR SELECT TO behalf_lookup USING (true);
CREATE POLICY lookup ON mass_revocations FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, account_id, refresh_due_at, refreshable, dead_at, dead_reason, hold_until, hold_reason, lease_until) ON credentials
  TO behalf_lookup;
GRANT SELECT (org_id, id, batch_id, status) ON mass_revocations TO behalf_lookup;
CREATE POLICY lookup ON provider_incidents FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id) ON provider_incidents TO behalf_lookup;

-- Deleted orgs whose keys are not destroyed yet: what swept the others passes them by.
CREATE FUNCTION orgs_being_deleted() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT DISTINCT m.org_id FROM mass_revocations m JOIN organizations o ON o.id = m.org_id
  WHERE o.deleted_at IS NOT NULL AND m.status = 'running' $$;

-- Where refreshes are due: per auth config, so that each keeps to its own allowance.
CREATE FUNCTION due_auth_configs() RETURNS TABLE (auth_config_org_id uuid, auth_config_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT DISTINCT a.auth_config_org_id, a.auth_config_id FROM credentials d
  JOIN connected_accounts a ON a.org_id = d.org_id AND a.id = d.account_id
  WHERE d.refreshable AND d.dead_at IS NULL AND d.refresh_due_at <= now()
    AND (d.hold_until IS NULL OR d.hold_until <= now()) AND (d.lease_until IS NULL OR d.lease_until <= now()) $$;

-- Claims up to `most` of them for `seconds`, each for one process: the rows that another is claiming are skipped.
CREATE FUNCTION claim_due_refreshes(config_org uuid, config uuid, most int, seconds float8)
  RETURNS TABLE (org_id uuid, account_id uuid)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE credentials c SET refresh_due_at = now() + make_interval(secs => seconds)
  FROM (SELECT d.org_id, d.account_id FROM credentials d
    JOIN connected_accounts a ON a.org_id = d.org_id AND a.id = d.account_id
    WHERE a.auth_config_org_id = config_org AND a.auth_config_id = config
      AND d.refreshable AND d.dead_at IS NULL AND d.refresh_due_at <= now()
      AND (d.hold_until IS NULL OR d.hold_until <= now()) AND (d.lease_until IS NULL OR d.lease_until <= now())
    ORDER BY d.refresh_due_at LIMIT most FOR UPDATE OF d SKIP LOCKED) due
  WHERE c.org_id = due.org_id AND c.account_id = due.account_id
  RETURNING c.org_id, c.account_id $$;
CREATE POLICY claim ON credentials FOR UPDATE TO behalf_lookup USING (true);
GRANT UPDATE (refresh_due_at) ON credentials TO behalf_lookup;

-- The accounts, of whichever org, that rest on one account at the provider: a provider's notice names nothing else.
CREATE FUNCTION accounts_at_provider(config_org uuid, config uuid, provider_account text)
  RETURNS TABLE (org_id uuid, account_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT a.org_id, a.id FROM connected_accounts a WHERE a.auth_config_org_id = config_org
    AND a.auth_config_id = config AND a.provider_account_id = provider_account AND a.status <> 'revoked' $$;

-- The accounts of an auth config, of whichever org, whose credential was found dead alike in the last seconds.
CREATE FUNCTION dead_since(config_org uuid, config uuid, reason text, seconds float8)
  RETURNS TABLE (org_id uuid, account_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT c.org_id, c.account_id FROM credentials c
  JOIN connected_accounts a ON a.org_id = c.org_id AND a.id = c.account_id
  WHERE a.auth_config_org_id = config_org AND a.auth_config_id = config
    AND c.dead_reason = reason AND c.dead_at > now() - make_interval(secs => seconds) $$;
-- All of a workspace's, where the id at the provider is workspace/person.
CREATE FUNCTION accounts_in_workspace(config_org uuid, config uuid, workspace text)
  RETURNS TABLE (org_id uuid, account_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT a.org_id, a.id FROM connected_accounts a WHERE a.auth_config_org_id = config_org
    AND a.auth_config_id = config AND starts_with(a.provider_account_id, workspace || '/') AND a.status <> 'revoked' $$;
-- How many accounts of an auth config, of whichever org, are held because too many are refused alike.
CREATE FUNCTION held_accounts(config_org uuid, config uuid) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT count(*)::int FROM credentials c
  JOIN connected_accounts a ON a.org_id = c.org_id AND a.id = c.account_id
  WHERE a.auth_config_org_id = config_org AND a.auth_config_id = config
    AND c.hold_reason = 'suspect' AND c.dead_at IS NULL $$;
-- The reports of a revocation over every org, newest first, without its head.
CREATE FUNCTION revocations_of_batch(batch uuid, before uuid, most int) RETURNS TABLE (org_id uuid, id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT m.org_id, m.id FROM mass_revocations m
  WHERE m.batch_id = batch AND m.id <> batch AND (before IS NULL OR m.id < before) ORDER BY m.id DESC LIMIT most $$;
CREATE INDEX connected_accounts_at_provider_idx
  ON connected_accounts (auth_config_org_id, auth_config_id, provider_account_id);

CREATE OR REPLACE FUNCTION lookup_object(kind text, object uuid) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
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
    WHEN 'revocation' THEN SELECT org_id INTO found FROM mass_revocations WHERE id = object;
    WHEN 'incident' THEN SELECT org_id INTO found FROM provider_incidents WHERE id = object;
    ELSE RAISE EXCEPTION 'no lookup for %', kind;
  END CASE;
  -- Of a deleted org only the report of its end is left to be asked for.
  IF kind <> 'revocation' AND EXISTS (SELECT FROM organizations o WHERE o.id = found AND o.deleted_at IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  RETURN found;
END $$;

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

-- Evidence and accounts are not deleted by the application (0003), mass revocations neither.
REVOKE DELETE ON mass_revocations, mass_revocation_accounts, key_rotations FROM behalf_runtime;
