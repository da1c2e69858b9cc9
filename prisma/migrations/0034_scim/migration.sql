-- SCIM 2.0 (RFC 7643, RFC 7644): an identity provider keeps an org's end users, and the groups that scope ceilings are
-- set for.

-- What the identity provider said of a person, as it said it: names and addresses. `name` and `email` are what Behalf
-- makes of it.
ALTER TABLE end_users ADD COLUMN scim JSONB;
-- SCIM compares user names without regard to case (RFC 7643 §4.1.1).
CREATE INDEX end_users_user_name_idx ON end_users (org_id, (lower(external_id COLLATE "C"))) WHERE deleted_at IS NULL;
CREATE INDEX end_users_scim_external_id_idx ON end_users (org_id, scim_external_id)
  WHERE scim_external_id IS NOT NULL AND deleted_at IS NULL;

-- What an identity provider proves itself with. Only the digest is kept.
CREATE TABLE scim_tokens (
  org_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, hash BYTEA NOT NULL, hint TEXT NOT NULL,
  created_by JSONB NOT NULL, created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at TIMESTAMPTZ(3), last_used_at TIMESTAMPTZ(3), revoked_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), FOREIGN KEY (org_id) REFERENCES organizations (id)
);
CREATE UNIQUE INDEX scim_tokens_hash_key ON scim_tokens (hash);

-- A group's name is what a ceiling is set for, so that no two have the same.
CREATE TABLE scim_groups (
  org_id UUID NOT NULL, id UUID NOT NULL, display_name TEXT NOT NULL, external_id TEXT,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id), FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (length(display_name) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX scim_groups_name_key ON scim_groups (org_id, lower(display_name COLLATE "C"));

-- Who is in them. `end_users.groups` holds the names as well, for calls are judged by it.
CREATE TABLE scim_group_members (
  org_id UUID NOT NULL, group_id UUID NOT NULL, user_id UUID NOT NULL,
  PRIMARY KEY (org_id, group_id, user_id),
  FOREIGN KEY (org_id, group_id) REFERENCES scim_groups (org_id, id) ON DELETE CASCADE,
  FOREIGN KEY (org_id, user_id) REFERENCES end_users (org_id, id)
);
CREATE INDEX scim_group_members_user_idx ON scim_group_members (org_id, user_id);

-- `groups` has what the product last said, and always the groups that SCIM keeps the person in: a ceiling that the
-- identity provider puts a person under is not lifted by a session that does not mention it. A trigger sees memberships
-- that were committed while the statement waited for the row; the statement itself would not.
CREATE FUNCTION keep_scim_groups() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  NEW.groups := coalesce(NEW.groups, '{}') || ARRAY(SELECT g.display_name FROM scim_group_members m
    JOIN scim_groups g ON g.org_id = m.org_id AND g.id = m.group_id
    WHERE m.org_id = NEW.org_id AND m.user_id = NEW.id AND g.display_name <> ALL (coalesce(NEW.groups, '{}')));
  RETURN NEW;
END $$;
CREATE TRIGGER keep_scim_groups BEFORE UPDATE OF groups ON end_users FOR EACH ROW EXECUTE FUNCTION keep_scim_groups();

DO $$
DECLARE t regclass;
BEGIN
  FOREACH t IN ARRAY ARRAY['scim_tokens', 'scim_groups', 'scim_group_members']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %s USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO behalf_runtime', t);
  END LOOP;
END $$;

-- Reads before a tenant is known, continued: whose token this is.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE POLICY lookup ON scim_tokens FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id, hash, expires_at, revoked_at) ON scim_tokens TO behalf_lookup;
CREATE FUNCTION lookup_scim_token(digest bytea) RETURNS TABLE (org_id uuid, id uuid, over boolean) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT t.org_id, t.id, t.revoked_at IS NOT NULL OR coalesce(t.expires_at <= now(), false)
  FROM scim_tokens t JOIN organizations o ON o.id = t.org_id WHERE t.hash = digest AND o.deleted_at IS NULL $$;
ALTER FUNCTION lookup_scim_token(bytea) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_scim_token(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_scim_token(bytea) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
