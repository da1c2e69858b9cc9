-- From when until when an account's credential was valid, for evidence of what a call rested on. One row is one span
-- without a break: a token that was renewed before its end continues it, so that an account that is in use has one row,
-- however often its token is renewed. No secret is in it, and it outlives the credential.
CREATE TABLE credential_spans (
  org_id UUID NOT NULL, account_id UUID NOT NULL, generation BIGINT NOT NULL, connection_id UUID NOT NULL,
  through_generation BIGINT NOT NULL, obtained_at TIMESTAMPTZ(3) NOT NULL, renewed_at TIMESTAMPTZ(3) NOT NULL,
  -- Of the last token; null where the provider named no end.
  expires_at TIMESTAMPTZ(3), ended_at TIMESTAMPTZ(3), ended_by TEXT,
  -- What lay there when this table was made: its earlier renewals are not known.
  known_since TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id, account_id, generation),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL)), CHECK (through_generation >= generation)
);
CREATE UNIQUE INDEX credential_spans_open_key ON credential_spans (org_id, account_id) WHERE ended_at IS NULL;

-- Written by the database itself: whatever path replaces or ends a credential, its span is told in that transaction.
CREATE FUNCTION note_credential() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moment timestamptz := clock_timestamp(); continues boolean := false;
BEGIN
  IF TG_OP = 'DELETE' THEN
    UPDATE credential_spans SET ended_at = moment, ended_by = 'destroyed'
      WHERE org_id = OLD.org_id AND account_id = OLD.account_id AND ended_at IS NULL;
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NEW.dead_at IS NOT NULL THEN
      UPDATE credential_spans SET ended_at = moment, ended_by = NEW.dead_reason
        WHERE org_id = OLD.org_id AND account_id = OLD.account_id AND ended_at IS NULL;
      RETURN NULL;
    END IF;
    IF NEW.generation = OLD.generation AND NEW.connection_id = OLD.connection_id THEN RETURN NULL; END IF;
    continues := OLD.dead_at IS NULL AND NEW.connection_id = OLD.connection_id
      AND (OLD.access_expires_at IS NULL OR OLD.access_expires_at >= moment);
  END IF;
  IF continues THEN
    UPDATE credential_spans SET through_generation = NEW.generation, renewed_at = moment, expires_at = NEW.access_expires_at
      WHERE org_id = NEW.org_id AND account_id = NEW.account_id AND ended_at IS NULL;
    IF FOUND THEN RETURN NULL; END IF;
  END IF;
  UPDATE credential_spans SET ended_at = moment,
      ended_by = CASE WHEN connection_id = NEW.connection_id THEN 'renewed' ELSE 'other_consent' END
    WHERE org_id = NEW.org_id AND account_id = NEW.account_id AND ended_at IS NULL;
  INSERT INTO credential_spans (org_id, account_id, generation, connection_id, through_generation, obtained_at, renewed_at,
      expires_at, known_since)
    VALUES (NEW.org_id, NEW.account_id, NEW.generation, NEW.connection_id, NEW.generation, moment, moment,
      NEW.access_expires_at, moment)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

-- What is there now.
ALTER TABLE credentials NO FORCE ROW LEVEL SECURITY;
INSERT INTO credential_spans (org_id, account_id, generation, connection_id, through_generation, obtained_at, renewed_at,
    expires_at, known_since)
  SELECT org_id, account_id, generation, connection_id, generation, coalesce(refreshed_at, created_at),
    coalesce(refreshed_at, created_at), access_expires_at, now() FROM credentials WHERE dead_at IS NULL;
ALTER TABLE credentials FORCE ROW LEVEL SECURITY;

CREATE TRIGGER note_span AFTER INSERT OR DELETE OR UPDATE OF generation, connection_id, dead_at ON credentials
  FOR EACH ROW EXECUTE FUNCTION note_credential();

ALTER TABLE credential_spans ENABLE ROW LEVEL SECURITY;
ALTER TABLE credential_spans FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON credential_spans USING (org_id = app_org()) WITH CHECK (org_id = app_org());
-- A span is continued and ended, never taken back, and where it began stays.
GRANT SELECT, INSERT, UPDATE (through_generation, renewed_at, expires_at, ended_at, ended_by) ON credential_spans
  TO behalf_runtime;

-- Streams over syslog may show a certificate of their own to the collector (mutual TLS); its key is sealed, led by its
-- key's version. What the collector took last is remembered by its hash: another one there has taken its place.
ALTER TABLE audit_streams ADD COLUMN client_cert_pem TEXT, ADD COLUMN sealed_client_key BYTEA,
  ADD CHECK ((client_cert_pem IS NULL) = (sealed_client_key IS NULL));
ALTER TABLE audit_stream_cursors ADD COLUMN hash TEXT;
