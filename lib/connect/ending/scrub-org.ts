import { type Prisma, Prisma as sql, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'

/**
 * What becomes of each table of a deleted org. Rows that evidence refers to stay, without what is personal in them;
 * audit events, consents and their receipts stay as they were written, and their free texts name no secret.
 */
const emptied: readonly (readonly [table: string, set: string])[] = [
  [
    'end_users',
    `external_id = id::text, email = NULL, name = NULL, groups = '{}', iss = NULL, sub = NULL,
     scim_external_id = NULL, scim = NULL, deleted_at = coalesce(deleted_at, now())`,
  ],
  [
    'connected_accounts',
    `label = '', provider_account_id = id::text, deleted_at = coalesce(deleted_at, now())`,
  ],
  [
    'executions',
    `sealed_input = NULL, sealed_facts = NULL, key_version = NULL, params_hmac = '', context = '{}', ip = NULL, user_agent = NULL`,
  ],
  [
    'agents',
    `name = 'deleted', owner = NULL, purpose = NULL, team = NULL, environment = NULL, redirect_uris = '{}',
     disabled_at = coalesce(disabled_at, now())`,
  ],
  [
    'auth_configs',
    `name = 'deleted', client_id = '', sealed_client_secret = NULL, sealed_event_secret = NULL, base_urls = '{}',
     disabled_at = coalesce(disabled_at, now())`,
  ],
  [
    'stops',
    `reason = 'deleted', placed_by = '{}', lift_reason = NULL,
     lifted_by = CASE WHEN lifted_by IS NOT NULL THEN '{}'::jsonb END`,
  ],
  [
    'revocation_requests',
    `reason = 'deleted', note = NULL, requested_by = requested_by - 'email', decided_by = decided_by - 'email',
     status = CASE WHEN status = 'pending' THEN 'expired' ELSE status END, ended_at = coalesce(ended_at, now())`,
  ],
  [
    'policy_versions',
    `source = '', note = NULL, created_by = '{}', published_by = CASE WHEN published_by IS NOT NULL
    THEN '{}'::jsonb END`,
  ],
  ['policies', `name = 'deleted', created_by = '{}', deleted_at = coalesce(deleted_at, now())`],
]

const deleted = [
  'brandings',
  'branding_assets',
  'mails',
  'confirm_codes',
  'sign_ins',
  'sso_keys',
  'sso_assertions',
  'custom_domains',
  'sso_connections',
  'sso_domains',
  'sign_in_rules',
  'scim_tokens',
  'scim_group_members',
  'scim_groups',
  'connection_requests',
  'approval_votes',
  'approvals',
  'connect_sessions',
  'api_keys',
  'saved_views',
  'members',
  'idempotency_keys',
  'denied_calls',
  'policy_heads',
  'policy_cases',
  'outbox_events',
  'audit_streams',
  'agent_admissions',
  'agent_credentials',
  'agent_toolsets',
  'scope_ceilings',
  'used_details',
  'used_proofs',
  'refresh_outcomes',
  'refresh_budgets',
  'limit_meters',
  'limits',
  'tool_costs',
  'usage_hours',
  'usage_durations',
  'usage_days',
  'usage_outcome_days',
  'usage_agent_days',
  'usage_duration_days',
  'usage_consent_days',
  'usage_renewals',
  'usage_marks',
  'credential_tries',
  'upstream_waits',
  'provider_incidents',
  'provider_notices',
] as const

/** @returns how many rows of each table were emptied or deleted */
export async function scrubOrgIn(tx: Tx, tenant: Tenant): Promise<Prisma.InputJsonObject> {
  const org = sql.sql`${tenant.orgId}::uuid`
  const rows: Record<string, number> = {}
  for (const table of deleted)
    rows[table] = await tx.$executeRaw`DELETE FROM ${sql.raw(table)} WHERE org_id = ${org}`
  for (const [table, set] of emptied)
    rows[table] = await tx.$executeRaw`UPDATE ${sql.raw(table)} SET ${sql.raw(set)} WHERE org_id = ${org}`
  await tx.$executeRaw`UPDATE organizations SET name = external_id, origins = '{}', branding = '{}', settings = '{}'
    WHERE id = ${org}`
  return rows
}
