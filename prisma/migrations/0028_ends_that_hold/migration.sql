-- A token that was made of another by exchange (RFC 8693) ends with it: `ancestors` are all that it came from, each by the
-- digest that it is found by. Where one of them was taken back, by its client, with its grant or as a refresh token was
-- replayed, whatever came of it is taken back too, also what is being made of it at this very moment.
ALTER TABLE oauth_records ADD COLUMN ancestors BYTEA[];
GRANT SELECT (ancestors) ON oauth_records TO behalf_lookup;

GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE OR REPLACE FUNCTION access_token_revoked(token bytea) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT EXISTS (SELECT FROM oauth_records t WHERE t.org_id = deployment_org()
    AND t.model IN ('AccessToken', 'ClientCredentials') AND t.id = token
    AND (t.revoked_at IS NOT NULL OR EXISTS (SELECT FROM oauth_records p WHERE p.org_id = deployment_org()
      AND p.model IN ('AccessToken', 'ClientCredentials') AND p.id = ANY (t.ancestors) AND p.revoked_at IS NOT NULL))) $$;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;

-- Agents of the deployment's whose admission to this org was withdrawn: a connect session that names one does not let it in
-- again by the way. Naming an agent lets it in where nobody has decided otherwise; letting it in again is a decision.
ALTER TABLE organizations ADD COLUMN withdrawn_agents UUID[] NOT NULL DEFAULT '{}';
