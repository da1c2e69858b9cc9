-- Agents as actors of their own: what they may reach, what they prove themselves with, and what people let them do.

-- `registered` by an admin, or a `client` that registered itself with the authorization server and that a user of this
-- org has let in; then `client_id` is what it is called there. Lists are JSON arrays of names; null is no restriction.
ALTER TABLE agents ADD COLUMN kind TEXT NOT NULL DEFAULT 'registered' CHECK (kind IN ('registered', 'client')),
  ADD COLUMN client_id TEXT, ADD COLUMN connectors JSONB, ADD COLUMN tools JSONB,
  ADD COLUMN redirect_uris TEXT[] DEFAULT '{}',
  ADD COLUMN tool_discovery TEXT NOT NULL DEFAULT 'list' CHECK (tool_discovery IN ('list', 'search')),
  ADD COLUMN last_seen_at TIMESTAMPTZ(3),
  ADD CHECK ((kind = 'client') = (client_id IS NOT NULL)), ADD CHECK (redirect_uris IS NOT NULL);
CREATE UNIQUE INDEX agents_client_key ON agents (org_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX agents_id_idx ON agents (id);

-- What an agent proves itself with. Several at once, so that one can take over from another. A secret is kept as its
-- digest; of the others only public parts are known here. A federated one names whose tokens count and which of them.
CREATE TABLE agent_credentials (
  org_id UUID NOT NULL, id UUID NOT NULL, agent_id UUID NOT NULL, kind TEXT NOT NULL, name TEXT,
  hash BYTEA, hint TEXT, jwks JSONB, jwks_uri TEXT, issuer TEXT, subject TEXT, audience TEXT, claims JSONB,
  single_use BOOLEAN NOT NULL DEFAULT true,
  certificate_thumbprint TEXT, created_by JSONB NOT NULL, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at TIMESTAMPTZ(3), last_used_at TIMESTAMPTZ(3), revoked_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id) ON DELETE CASCADE,
  CHECK (kind IN ('client_secret', 'private_key_jwt', 'federated', 'tls_client_auth')),
  CHECK ((kind = 'client_secret') = (hash IS NOT NULL)),
  CHECK (kind <> 'federated' OR subject IS NOT NULL)
);
CREATE INDEX agent_credentials_agent_idx ON agent_credentials (org_id, agent_id);
CREATE INDEX agent_credentials_id_idx ON agent_credentials (id);

-- A named part of the tools, for one agent or for every agent of the org; its endpoint offers these and no others.
CREATE TABLE agent_toolsets (
  org_id UUID NOT NULL, id UUID NOT NULL, agent_org_id UUID, agent_id UUID, name TEXT NOT NULL, description TEXT,
  connectors JSONB, tools JSONB, tool_discovery TEXT NOT NULL DEFAULT 'list', created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (agent_org_id, agent_id) REFERENCES agents (org_id, id) ON DELETE CASCADE,
  CHECK (agent_org_id IN (org_id, deployment_org())), CHECK ((agent_org_id IS NULL) = (agent_id IS NULL)),
  CHECK (tool_discovery IN ('list', 'search'))
);
CREATE UNIQUE INDEX agent_toolsets_name_key ON agent_toolsets (org_id, name);
CREATE INDEX agent_toolsets_id_idx ON agent_toolsets (id);

-- One consent of a person to one client on the authorization server's own page: these accounts, these tools, until then.
-- Immutable but for its end. `evidence` is the text that was shown, in which language, and what the client said of itself.
-- `tools` are by account: the names that were shown, with their effects. An account that is ended leaves it for good.
CREATE TABLE agent_grants (
  org_id UUID NOT NULL, id UUID NOT NULL, agent_org_id UUID NOT NULL, agent_id UUID NOT NULL, user_id UUID NOT NULL,
  client_id TEXT NOT NULL, oauth_grant_id TEXT NOT NULL, resource TEXT NOT NULL, scopes TEXT[] DEFAULT '{}',
  account_ids UUID[] DEFAULT '{}', ended_account_ids UUID[] DEFAULT '{}', tools JSONB, evidence JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, expires_at TIMESTAMPTZ(3),
  revoked_at TIMESTAMPTZ(3), revoked_by JSONB,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES end_users (org_id, id),
  FOREIGN KEY (agent_org_id, agent_id) REFERENCES agents (org_id, id),
  CHECK (agent_org_id IN (org_id, deployment_org())),
  CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)), CHECK (scopes IS NOT NULL AND account_ids IS NOT NULL AND ended_account_ids IS NOT NULL)
);
CREATE INDEX agent_grants_user_idx ON agent_grants (org_id, user_id);
CREATE INDEX agent_grants_agent_idx ON agent_grants (org_id, agent_org_id, agent_id);
CREATE INDEX agent_grants_id_idx ON agent_grants (id);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['agent_credentials', 'agent_toolsets', 'agent_grants'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('CREATE POLICY lookup ON %I FOR SELECT TO behalf_lookup USING (true)', t);
    EXECUTE format('GRANT SELECT (org_id, id) ON %I TO behalf_lookup', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON agent_credentials, agent_toolsets TO behalf_runtime;
GRANT SELECT, INSERT, UPDATE (revoked_at, revoked_by, ended_account_ids) ON agent_grants TO behalf_runtime;

-- Reads before a tenant is known, continued.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE FUNCTION lookup_agent_object(object uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT found.org_id FROM (SELECT org_id FROM agent_credentials WHERE id = object
    UNION ALL SELECT org_id FROM agent_toolsets WHERE id = object
    UNION ALL SELECT org_id FROM agent_grants WHERE id = object) found
  WHERE NOT EXISTS (SELECT FROM organizations o WHERE o.id = found.org_id AND o.deleted_at IS NOT NULL) LIMIT 1 $$;
ALTER FUNCTION lookup_agent_object(uuid) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_agent_object(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_agent_object(uuid) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
