-- Members have one of seven roles. 'admin' was the word for what is a security admin now; any other word meant nothing,
-- and means the least.
ALTER TABLE members NO FORCE ROW LEVEL SECURITY;
UPDATE members SET role = CASE role WHEN 'admin' THEN 'security_admin' ELSE 'support' END
  WHERE role NOT IN ('owner', 'security_admin', 'connector_manager', 'approver', 'auditor', 'developer', 'support');
ALTER TABLE members FORCE ROW LEVEL SECURITY;
ALTER TABLE members
  ADD CONSTRAINT members_role_check CHECK
    (role IN ('owner', 'security_admin', 'connector_manager', 'approver', 'auditor', 'developer', 'support')),
  ADD COLUMN last_signed_in_at TIMESTAMPTZ(3),
  ADD COLUMN last_sign_in_method TEXT,
  ADD CONSTRAINT members_last_sign_in_check CHECK ((last_signed_in_at IS NULL) = (last_sign_in_method IS NULL));

-- Links of one member, newest first: no more of them are mailed in an hour than one inbox bears.
CREATE INDEX sign_in_links_member_idx ON sign_in_links (org_id, member_id, created_at);

-- A link into the console travels by mail as an invitation to connect does.
ALTER TABLE mails DROP CONSTRAINT mails_kind_check,
  ADD CONSTRAINT mails_kind_check CHECK (kind IN ('code', 'link', 'sign_in', 'console'));

-- Reads before a tenant is known, continued: who may be meant by an address that somebody asks a sign-in link for.
-- Whether there is anybody is never answered to who asks.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
GRANT SELECT (org_id, id, email, created_at, disabled_at) ON members TO behalf_lookup;
CREATE FUNCTION lookup_members(address text) RETURNS TABLE (org_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT m.org_id, m.id FROM members m JOIN organizations o ON o.id = m.org_id
  WHERE lower(m.email) = lower(address) AND m.disabled_at IS NULL AND o.deleted_at IS NULL
  ORDER BY m.created_at LIMIT 20 $$;
ALTER FUNCTION lookup_members(text) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION lookup_members(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_members(text) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
CREATE INDEX members_address_idx ON members (lower(email)) WHERE disabled_at IS NULL;
