-- Calls that people approve before they are made: what policy asked about, who said what, and what became of it.

-- One exact call. It is sealed; `call_hmac` says which one it is, so that an approval of one is none of another.
CREATE TABLE approvals (
  org_id UUID NOT NULL, id UUID NOT NULL, user_id UUID NOT NULL, account_id UUID NOT NULL, connector TEXT NOT NULL,
  tool_name TEXT NOT NULL, effect TEXT NOT NULL, requester JSONB NOT NULL, call_hmac TEXT NOT NULL,
  params_hmac TEXT NOT NULL, sealed_call BYTEA, key_version INTEGER, decision JSONB NOT NULL, quorum INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending', trace_id TEXT NOT NULL, ip TEXT, user_agent TEXT,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, expires_at TIMESTAMPTZ(3) NOT NULL,
  decided_at TIMESTAMPTZ(3), execution_id UUID, error_code TEXT, finished_at TIMESTAMPTZ(3),
  sealed_output BYTEA, output_expires_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (org_id, user_id) REFERENCES end_users (org_id, id),
  FOREIGN KEY (org_id, account_id) REFERENCES connected_accounts (org_id, id),
  -- Deferred: an approval is used up in the statement that makes the execution, in whichever order.
  FOREIGN KEY (org_id, execution_id) REFERENCES executions (org_id, id) DEFERRABLE INITIALLY DEFERRED,
  CHECK (status IN ('pending', 'approved', 'denied', 'expired', 'withdrawn', 'refused', 'executing', 'executed')),
  CHECK (quorum BETWEEN 1 AND 20), CHECK ((status IN ('executing', 'executed')) = (execution_id IS NOT NULL)),
  CHECK ((sealed_call IS NULL) = (key_version IS NULL)), CHECK ((sealed_output IS NULL) = (output_expires_at IS NULL))
);
-- One question at a time: who makes an equal call meanwhile is told of the open one.
CREATE UNIQUE INDEX approvals_open_key ON approvals (org_id, call_hmac)
  WHERE status IN ('pending', 'approved', 'executing');
-- An execution is the one of one approval.
CREATE UNIQUE INDEX approvals_execution_key ON approvals (org_id, execution_id) WHERE execution_id IS NOT NULL;
CREATE INDEX approvals_status_idx ON approvals (org_id, status, id);
CREATE INDEX approvals_user_idx ON approvals (org_id, user_id, id);
CREATE INDEX approvals_expiry_idx ON approvals (org_id, expires_at) WHERE status IN ('pending', 'approved');
CREATE INDEX approvals_output_idx ON approvals (org_id, output_expires_at) WHERE sealed_output IS NOT NULL;
CREATE INDEX approvals_sealed_idx ON approvals (org_id, created_at) WHERE sealed_call IS NOT NULL;
CREATE INDEX approvals_id_idx ON approvals (id);

-- What one person, or one key, said. Nobody says it twice, and nobody takes it back.
CREATE TABLE approval_votes (
  org_id UUID NOT NULL, id UUID NOT NULL, approval_id UUID NOT NULL, approver TEXT NOT NULL, approves BOOLEAN NOT NULL,
  decided_by JSONB NOT NULL, note TEXT, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, approval_id, approver),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (org_id, approval_id) REFERENCES approvals (org_id, id) ON DELETE CASCADE
);

-- The call never changes, a state is never gone back to, and nothing is approved without the votes that it needs: the
-- application could not do otherwise even by mistake.
CREATE FUNCTION keep_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.org_id, NEW.id, NEW.user_id, NEW.account_id, NEW.connector, NEW.tool_name, NEW.effect, NEW.requester,
      NEW.call_hmac, NEW.params_hmac, NEW.decision, NEW.quorum, NEW.created_at)
      IS DISTINCT FROM
     (OLD.org_id, OLD.id, OLD.user_id, OLD.account_id, OLD.connector, OLD.tool_name, OLD.effect, OLD.requester,
      OLD.call_hmac, OLD.params_hmac, OLD.decision, OLD.quorum, OLD.created_at)
    OR (OLD.status <> 'pending' AND (NEW.decided_at, NEW.expires_at) IS DISTINCT FROM (OLD.decided_at, OLD.expires_at))
    OR (OLD.execution_id IS NOT NULL AND NEW.execution_id IS DISTINCT FROM OLD.execution_id)
    OR (NEW.status <> OLD.status AND NOT (
      (OLD.status = 'pending' AND NEW.status IN ('approved', 'denied', 'expired', 'withdrawn'))
      OR (OLD.status = 'approved' AND NEW.status IN ('executing', 'expired', 'withdrawn', 'refused'))
      OR (OLD.status = 'executing' AND NEW.status = 'executed')))
  THEN RAISE EXCEPTION 'an approval stays as it is' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.status = 'approved' AND OLD.status = 'pending' AND NEW.quorum > (
    SELECT count(*) FROM approval_votes v
    WHERE v.org_id = NEW.org_id AND v.approval_id = NEW.id AND v.approves)
  THEN RAISE EXCEPTION 'too few have approved' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER kept AFTER UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION keep_approval();

ALTER TABLE approvals ENABLE ROW LEVEL SECURITY;
ALTER TABLE approvals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON approvals USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON approvals TO behalf_runtime;
ALTER TABLE approval_votes ENABLE ROW LEVEL SECURITY;
ALTER TABLE approval_votes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON approval_votes USING (org_id = app_org()) WITH CHECK (org_id = app_org());
GRANT SELECT, INSERT, DELETE ON approval_votes TO behalf_runtime;
REVOKE UPDATE ON approval_votes FROM behalf_runtime;

-- Reads before a tenant is known, continued: a function of its own, as for connections.
CREATE POLICY lookup ON approvals FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id) ON approvals TO behalf_lookup;
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE FUNCTION lookup_approval(object uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT a.org_id FROM approvals a JOIN organizations o ON o.id = a.org_id
  WHERE a.id = object AND o.deleted_at IS NULL $$;
ALTER FUNCTION lookup_approval(uuid) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_approval(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_approval(uuid) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
