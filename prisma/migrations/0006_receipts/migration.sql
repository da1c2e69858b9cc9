-- The deployment's signing keys and the receipts that they sign: one for every consent.

-- Public parts are published for ever, so that what was signed can be checked for ever; the private part is sealed under
-- the deployment's data key, and destroyed when the key is retired.
CREATE TABLE signing_keys (
  org_id UUID NOT NULL, id UUID NOT NULL, kid TEXT NOT NULL, alg TEXT NOT NULL, public_jwk JSONB NOT NULL,
  sealed_private BYTEA, key_version INTEGER, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  retired_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), UNIQUE (org_id, kid),
  CHECK (retired_at IS NULL OR sealed_private IS NULL), CHECK ((sealed_private IS NULL) = (key_version IS NULL))
);
-- One key signs at a time: of two processes that make one at once, one finds the other's.
CREATE UNIQUE INDEX signing_keys_current_key ON signing_keys (org_id) WHERE retired_at IS NULL;

CREATE TABLE receipts (
  org_id UUID NOT NULL, connection_id UUID NOT NULL, kid TEXT NOT NULL, jws TEXT NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, connection_id),
  -- Without a cascade: evidence goes with nothing.
  FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id)
);

DO $$
DECLARE t regclass;
BEGIN
  FOREACH t IN ARRAY ARRAY['signing_keys', 'receipts']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %s USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (org_id) REFERENCES organizations (id)', t);
    EXECUTE format('GRANT SELECT, INSERT ON %s TO behalf_runtime', t);
  END LOOP;
END $$;
-- A public key never changes and never goes; its private part is sealed anew, or destroyed.
GRANT UPDATE (sealed_private, key_version, retired_at) ON signing_keys TO behalf_runtime;
CREATE TRIGGER immutable BEFORE UPDATE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The org of a connection, for callers that no org restricts: `lookup_object` for one kind more. A function of its own,
-- as that one is replaced as a whole whenever a kind is added to it.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE POLICY lookup ON connections FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id) ON connections TO behalf_lookup;
GRANT SELECT (deleted_at) ON organizations TO behalf_lookup;
CREATE INDEX connections_id_idx ON connections (id);
CREATE FUNCTION lookup_connection(object uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT c.org_id FROM connections c JOIN organizations o ON o.id = c.org_id
  WHERE c.id = object AND o.deleted_at IS NULL $$;
ALTER FUNCTION lookup_connection(uuid) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_connection(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_connection(uuid) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
