-- What end users manage for themselves, and connections that an admin approves first.

-- A `manage` session opens a person's own page instead of the catalogue; looking at it uses nothing up.
ALTER TABLE connect_sessions ADD COLUMN kind TEXT NOT NULL DEFAULT 'connect', ADD CHECK (kind IN ('connect', 'manage'));

-- Who holds an account paused: a user's pause is not an admin's to end, and the reverse. It is in use again when
-- nobody holds it. The owner is held to row-level security, so that the table is let go of for a moment.
ALTER TABLE connected_accounts ADD COLUMN paused_by TEXT[] DEFAULT '{}',
  ADD CHECK (paused_by IS NOT NULL AND paused_by <@ ARRAY['user', 'admin']);
ALTER TABLE connected_accounts NO FORCE ROW LEVEL SECURITY;
UPDATE connected_accounts SET paused_by = '{admin}'
  WHERE status = 'paused' OR (status = 'needs_reauth' AND was_paused);
ALTER TABLE connected_accounts FORCE ROW LEVEL SECURITY;

-- A person's request that an admin approve a connection: for this connector, at most these scopes, these grantees.
CREATE TABLE connection_requests (
  org_id UUID NOT NULL, id UUID NOT NULL, user_id UUID NOT NULL, session_id UUID NOT NULL, connector TEXT NOT NULL,
  scopes TEXT[] DEFAULT '{}', agents TEXT[] DEFAULT '{}', reason TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending',
  note TEXT, decided_by JSONB, decided_at TIMESTAMPTZ(3), used_by UUID,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, expires_at TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (org_id, user_id) REFERENCES end_users (org_id, id),
  FOREIGN KEY (org_id, session_id) REFERENCES connect_sessions (org_id, id) ON DELETE CASCADE,
  FOREIGN KEY (org_id, used_by) REFERENCES connections (org_id, id),
  CHECK (scopes IS NOT NULL AND agents IS NOT NULL),
  CHECK (status IN ('pending', 'approved', 'denied', 'expired', 'used')),
  CHECK (status NOT IN ('approved', 'denied', 'used') OR decided_at IS NOT NULL),
  CHECK ((decided_at IS NULL) = (decided_by IS NULL)), CHECK ((status = 'used') = (used_by IS NOT NULL))
);
-- Scopes and agents are stored sorted. One question at a time: whoever asks again is told of the open one.
CREATE UNIQUE INDEX connection_requests_open_key ON connection_requests (org_id, user_id, connector, scopes, agents)
  WHERE status = 'pending';
CREATE INDEX connection_requests_user_idx ON connection_requests (org_id, user_id, connector, id);
CREATE INDEX connection_requests_expiry_idx ON connection_requests (org_id, expires_at)
  WHERE status IN ('pending', 'approved');
CREATE INDEX connection_requests_id_idx ON connection_requests (id);

-- What was asked never changes, and what was decided never changes either: it is used, or runs out.
CREATE FUNCTION keep_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.org_id, NEW.id, NEW.user_id, NEW.session_id, NEW.connector, NEW.scopes, NEW.agents, NEW.reason, NEW.created_at)
      IS DISTINCT FROM
     (OLD.org_id, OLD.id, OLD.user_id, OLD.session_id, OLD.connector, OLD.scopes, OLD.agents, OLD.reason, OLD.created_at)
    OR (OLD.status <> 'pending' AND (NEW.note, NEW.decided_by, NEW.decided_at, NEW.expires_at)
      IS DISTINCT FROM (OLD.note, OLD.decided_by, OLD.decided_at, OLD.expires_at))
    OR NOT ((OLD.status = 'pending' AND NEW.status IN ('approved', 'denied', 'expired'))
      OR (OLD.status = 'approved' AND NEW.status IN ('used', 'expired')))
  THEN RAISE EXCEPTION 'a decided request stays as it is' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER decided_once AFTER UPDATE ON connection_requests FOR EACH ROW EXECUTE FUNCTION keep_decision();

ALTER TABLE connection_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE connection_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON connection_requests USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON connection_requests TO behalf_runtime;

-- Reads before a tenant is known, continued.
CREATE POLICY lookup ON connection_requests FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id) ON connection_requests TO behalf_lookup;
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE OR REPLACE FUNCTION lookup_object(kind text, object uuid) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
DECLARE found uuid;
BEGIN
  CASE kind
    WHEN 'connect_session' THEN SELECT org_id INTO found FROM connect_sessions WHERE id = object;
    WHEN 'connected_account' THEN SELECT org_id INTO found FROM connected_accounts WHERE id = object;
    WHEN 'connection_request' THEN SELECT org_id INTO found FROM connection_requests WHERE id = object;
    WHEN 'auth_config' THEN SELECT org_id INTO found FROM auth_configs WHERE id = object;
    WHEN 'agent' THEN SELECT org_id INTO found FROM agents WHERE id = object;
    WHEN 'api_key' THEN SELECT org_id INTO found FROM api_keys WHERE id = object;
    WHEN 'execution' THEN SELECT org_id INTO found FROM executions WHERE id = object;
    WHEN 'policy' THEN SELECT org_id INTO found FROM policies WHERE id = object;
    WHEN 'event' THEN SELECT org_id INTO found FROM outbox_events WHERE id = object;
    WHEN 'member' THEN SELECT org_id INTO found FROM members WHERE id = object;
    WHEN 'revocation' THEN SELECT org_id INTO found FROM mass_revocations WHERE id = object;
    WHEN 'incident' THEN SELECT org_id INTO found FROM provider_incidents WHERE id = object;
    WHEN 'organization' THEN SELECT id INTO found FROM organizations WHERE id = object AND id <> deployment_org();
    ELSE RAISE EXCEPTION 'no lookup for %', kind;
  END CASE;
  -- Of a deleted org only the report of its end is left to be asked for.
  IF kind <> 'revocation' AND EXISTS (SELECT FROM organizations o WHERE o.id = found AND o.deleted_at IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  RETURN found;
END $$;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
