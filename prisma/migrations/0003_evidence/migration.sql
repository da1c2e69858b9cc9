-- What is referred to by evidence is not deleted by the application: a cascade runs as the owner, so the right to
-- delete an account or a user was the right to delete its consents. The head of a chain is moved, never removed.
REVOKE DELETE ON organizations, end_users, connected_accounts, executions, audit_heads FROM behalf_runtime;

-- Without an organization there is no row, the deployment's shared ones included.
ALTER POLICY deployment_shared ON auth_configs USING (org_id = deployment_org() AND app_org() IS NOT NULL);
ALTER POLICY deployment_shared ON agents USING (org_id = deployment_org() AND app_org() IS NOT NULL);
ALTER POLICY deployment_shared ON keyring.org_keys USING (org_id = deployment_org() AND app_org() IS NOT NULL);
