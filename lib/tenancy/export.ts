import { forOrg, Prisma } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { getOrg } from './orgs.ts'

/**
 * What an org's export says of each table: these columns, in this order, read in the order of `key`. Nothing sealed is
 * among them, no key, and no digest of a secret. A test holds this list against the catalogue, column by column.
 */
export const exported: Readonly<Record<string, { key: readonly string[]; columns: readonly string[] }>> = {
  end_users: {
    key: ['id'],
    columns: [
      ...['id', 'external_id', 'email', 'name', 'groups', 'iss', 'sub', 'scim_external_id'],
      ...['created_at', 'updated_at', 'deactivated_at', 'deleted_at', 'scim'],
    ],
  },
  scim_groups: {
    key: ['id'],
    columns: ['id', 'display_name', 'external_id', 'created_at', 'updated_at'],
  },
  scim_group_members: { key: ['group_id', 'user_id'], columns: ['group_id', 'user_id'] },
  scim_tokens: {
    key: ['id'],
    columns: [
      ...['id', 'name', 'hint', 'created_by', 'created_at', 'expires_at', 'last_used_at', 'revoked_at'],
    ],
  },
  members: {
    key: ['id'],
    columns: [
      ...['id', 'email', 'name', 'role', 'iss', 'sub', 'created_at', 'disabled_at', 'role_by'],
      ...['disabled_why', 'last_signed_in_at', 'last_sign_in_method'],
    ],
  },
  saved_views: {
    key: ['id'],
    columns: ['id', 'member_id', 'list', 'name', 'query', 'created_at', 'updated_at'],
  },
  agents: {
    key: ['id'],
    columns: [
      ...['id', 'name', 'owner', 'purpose', 'team', 'environment', 'created_at', 'updated_at'],
      ...['disabled_at', 'kind', 'client_id', 'connectors', 'tools', 'redirect_uris', 'tool_discovery'],
      'last_seen_at',
    ],
  },
  agent_credentials: {
    key: ['id'],
    columns: [
      ...['id', 'agent_id', 'kind', 'name', 'hint', 'jwks', 'jwks_uri', 'issuer', 'subject', 'audience'],
      ...['claims', 'single_use', 'certificate_thumbprint', 'created_by', 'created_at', 'expires_at'],
      ...['last_used_at', 'revoked_at'],
    ],
  },
  agent_toolsets: {
    key: ['id'],
    columns: [
      ...['id', 'agent_org_id', 'agent_id', 'name', 'description', 'connectors', 'tools', 'tool_discovery'],
      ...['created_by', 'created_at', 'updated_at'],
    ],
  },
  agent_grants: {
    key: ['id'],
    columns: [
      ...['id', 'agent_org_id', 'agent_id', 'user_id', 'client_id', 'oauth_grant_id', 'resource', 'scopes'],
      ...['account_ids', 'ended_account_ids', 'tools', 'evidence', 'created_at', 'expires_at'],
      ...['revoked_at', 'revoked_by', 'changed_tools'],
    ],
  },
  agent_admissions: {
    key: ['agent_org_id', 'agent_id'],
    columns: ['agent_org_id', 'agent_id', 'created_at'],
  },
  api_keys: {
    key: ['id'],
    columns: ['id', 'name', 'hint', 'roles', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'],
  },
  auth_configs: {
    key: ['id'],
    columns: [
      ...['id', 'connector', 'kind', 'name', 'client_id', 'scopes', 'base_urls', 'created_at'],
      ...['updated_at', 'disabled_at'],
    ],
  },
  policies: {
    key: ['id'],
    columns: ['id', 'name', 'effect', 'tools', 'effects', 'created_by', 'created_at', 'deleted_at'],
  },
  scope_ceilings: {
    key: ['id'],
    columns: ['id', 'connector', 'group_name', 'scopes', 'created_by', 'created_at', 'updated_at'],
  },
  limits: {
    key: ['id'],
    columns: [
      ...['id', 'name', 'kind', 'most', 'window_seconds', 'per', 'agent_id', 'user_id', 'tool_name'],
      ...['connector', 'replaces_default', 'by_operator', 'created_by', 'created_at', 'updated_at'],
    ],
  },
  tool_costs: { key: ['id'], columns: ['id', 'tool_name', 'units', 'updated_at'] },
  stops: {
    key: ['id'],
    columns: [
      ...['id', 'subject', 'subject_id', 'reason', 'by_operator', 'placed_by', 'created_at', 'until'],
      ...['lifted_at', 'lifted_by', 'lift_reason'],
    ],
  },
  policy_versions: {
    key: ['id'],
    columns: [
      ...[
        'id',
        'number',
        'engine',
        'source',
        'note',
        'reads_usage',
        'created_by',
        'created_at',
        'updated_at',
      ],
      ...['published_at', 'published_by', 'discarded_at'],
    ],
  },
  policy_heads: { key: ['org_id'], columns: ['version_id', 'changed_by', 'changed_at'] },
  policy_cases: {
    key: ['id'],
    columns: ['id', 'name', 'facts', 'expected', 'created_by', 'created_at', 'updated_at', 'deleted_at'],
  },
  connect_sessions: {
    key: ['id'],
    columns: [
      ...['id', 'user_id', 'status', 'status_reason', 'connectors', 'scopes', 'connected_account_id'],
      ...[
        'return_url',
        'embed_origins',
        'locale',
        'agents',
        'purpose',
        'purposes',
        'confirmation',
        'created_by',
      ],
      ...['kind', 'portal_host', 'created_at', 'expires_at', 'finished_at'],
    ],
  },
  connect_attempts: {
    key: ['id'],
    columns: [
      ...['id', 'session_id', 'connector', 'auth_config_org_id', 'auth_config_id', 'status', 'error_code'],
      ...['scopes_requested', 'scopes_refused', 'scopes_granted', 'consent_text', 'consent_hash'],
      ...['consented_by', 'consented_at', 'locale', 'duration_days', 'limited', 'resources'],
      ...['account_id', 'created_at', 'consumed_at'],
    ],
  },
  connected_accounts: {
    key: ['id'],
    columns: [
      ...['id', 'user_id', 'connector', 'auth_config_org_id', 'auth_config_id', 'status', 'status_reason'],
      ...['provider_account_id', 'label', 'current_connection_id', 'created_at', 'updated_at'],
      ...['paused_by', 'last_used_at', 'deleted_at'],
    ],
  },
  connection_requests: {
    key: ['id'],
    columns: [
      ...['id', 'user_id', 'session_id', 'connector', 'scopes', 'agents', 'reason', 'status', 'note'],
      ...['decided_by', 'decided_at', 'used_by', 'created_at', 'expires_at'],
    ],
  },
  connections: {
    key: ['id'],
    columns: [
      ...['id', 'account_id', 'user_id', 'session_id', 'provider_account_id', 'scopes_requested'],
      ...['scopes_refused', 'scopes_granted', 'grantee_product', 'purpose', 'locale', 'consent_text'],
      ...['consent_hash', 'consented_by', 'consented_at', 'expires_at', 'resources'],
      ...['previous_connection_id', 'created_at'],
    ],
  },
  connection_grantees: {
    key: ['connection_id', 'agent_org_id', 'agent_id'],
    columns: ['connection_id', 'agent_org_id', 'agent_id'],
  },
  receipts: {
    key: ['connection_id'],
    columns: ['connection_id', 'kid', 'jws', 'created_at'],
  },
  executions: {
    key: ['id'],
    columns: [
      ...['id', 'account_id', 'connection_id', 'user_id', 'tool_name', 'effect', 'actor_type', 'actor_id'],
      ...[
        'agent_id',
        'actors',
        'status',
        'scopes_required',
        'scopes_granted',
        'decision',
        'input_expires_at',
      ],
      ...['context', 'file', 'trace_id', 'ip', 'user_agent', 'error_code', 'upstream_status', 'duration_ms'],
      ...['created_at', 'finished_at'],
    ],
  },
  approvals: {
    key: ['id'],
    columns: [
      ...['id', 'user_id', 'account_id', 'connector', 'tool_name', 'effect', 'requester', 'decision'],
      ...['quorum', 'status', 'trace_id', 'ip', 'user_agent', 'created_at', 'expires_at', 'decided_at'],
      ...['execution_id', 'error_code', 'finished_at', 'output_expires_at'],
    ],
  },
  approval_votes: {
    key: ['id'],
    columns: ['id', 'approval_id', 'approver', 'approves', 'decided_by', 'note', 'created_at'],
  },
  upstream_revocations: {
    key: ['id'],
    columns: [
      ...['id', 'account_id', 'connection_id', 'connector', 'auth_config_org_id', 'auth_config_id'],
      ...['status', 'attempts', 'error_code', 'created_at', 'give_up_at', 'finished_at'],
    ],
  },
  mass_revocations: {
    key: ['id'],
    columns: [
      ...['id', 'batch_id', 'filter', 'reason', 'status', 'total', 'certificate', 'created_by'],
      ...['created_at', 'finished_at'],
    ],
  },
  revocation_requests: {
    key: ['id'],
    columns: [
      ...['id', 'filter', 'reason', 'accounts', 'stop_id', 'requested_by', 'status', 'decided_by', 'note'],
      ...['revocation_id', 'created_at', 'expires_at', 'ended_at', 'account_ids', 'mailed'],
    ],
  },
  mass_revocation_accounts: {
    key: ['revocation_id', 'account_id'],
    columns: [
      ...['revocation_id', 'account_id', 'upstream_revocation_id', 'upstream', 'error_code'],
      ...['stopped_at', 'settled_at'],
    ],
  },
  mails: {
    key: ['id'],
    columns: ['id', 'kind', 'session_id', 'status', 'attempts', 'error_code', 'created_at', 'sent_at'],
  },
  sso_keys: {
    key: ['id'],
    columns: [
      'id',
      'issuer',
      'jwks',
      'jwks_uri',
      'created_by',
      'created_at',
      'disabled_at',
      'token_exchange',
    ],
  },
  sso_connections: {
    key: ['id'],
    columns: [
      ...['id', 'name', 'issuer', 'client_id', 'client_auth', 'scopes', 'groups_claim', 'creates_members'],
      ...['role_bindings', 'status', 'created_by', 'created_at', 'updated_at'],
    ],
  },
  sso_domains: {
    key: ['id'],
    columns: [
      ...['id', 'domain', 'token', 'problem', 'checked_at', 'verified_at', 'failing_since', 'created_by'],
      'created_at',
    ],
  },
  sign_in_rules: { key: ['org_id'], columns: ['sso_required_since', 'changed_by', 'changed_at'] },
  custom_domains: {
    key: ['id'],
    columns: [
      ...['id', 'hostname', 'token', 'status', 'is_primary', 'proven_parent', 'problems', 'checked_at'],
      ...['live_since', 'failing_since', 'created_by', 'created_at'],
    ],
  },
  key_rotations: {
    key: ['id'],
    columns: [
      ...['id', 'kind', 'status', 'from_version', 'to_version', 'total', 'done', 'failed', 'error_code'],
      ...['created_by', 'created_at', 'updated_at', 'finished_at'],
    ],
  },
  provider_incidents: {
    key: ['id'],
    columns: [
      ...['id', 'auth_config_id', 'connector', 'error_code', 'started_at', 'last_seen_at', 'resolution'],
      'resolved_at',
    ],
  },
  brandings: {
    key: ['id'],
    columns: ['id', 'version', 'document', 'changed_fields', 'restored_version', 'created_by', 'created_at'],
  },
  branding_assets: {
    key: ['id'],
    columns: [
      ...['id', 'sha256', 'kind', 'content_type', 'name', 'width', 'height', 'weight_min', 'weight_max'],
      ...['created_by', 'created_at', 'published_at'],
    ],
  },
  outbox_events: {
    key: ['id'],
    columns: ['id', 'type', 'schema_version', 'data', 'created_at', 'delivered_at'],
  },
  credential_spans: {
    key: ['account_id', 'generation'],
    columns: [
      ...['account_id', 'generation', 'connection_id', 'through_generation', 'obtained_at', 'renewed_at'],
      ...['expires_at', 'ended_at', 'ended_by', 'known_since'],
    ],
  },
  audit_floors: { key: ['org_id'], columns: ['sequence', 'hash', 'jws', 'at'] },
  legal_holds: {
    key: ['id'],
    columns: ['id', 'reason', 'placed_by', 'placed_at', 'lifted_by', 'lifted_at'],
  },
  audit_streams: {
    key: ['id'],
    columns: [
      'id',
      'name',
      'kind',
      'url',
      'every_org',
      'ca_pem',
      'since',
      'created_by',
      'created_at',
      'paused_at',
      'client_cert_pem',
    ],
  },
  audit_events: {
    key: ['sequence'],
    columns: [
      ...['sequence', 'occurred_at', 'id', 'action', 'outcome', 'user_id', 'actor', 'agent_id'],
      ...['connected_account_id', 'connection_id', 'tool_name', 'scopes_required', 'scopes_granted'],
      ...['policy', 'params_hmac', 'changed_fields', 'error_code', 'duration_ms', 'trace_id', 'ip'],
      ...['user_agent', 'details', 'prev_hash', 'hash'],
    ],
  },
}

/** Tables that an export leaves out, and why. */
export const notExported: Readonly<Record<string, string>> = {
  'keyring.org_keys': 'keys',
  'keyring.credential_keys': 'keys',
  signing_keys: "the deployment's: their public parts are at /.well-known/jwks.json",
  credentials: 'sealed tokens; what is known about them is with the account',
  sign_in_links: 'digests of secrets that are good for minutes',
  idempotency_keys: 'sealed answers, kept for a day',
  denied_calls: 'sealed, and told by the audit',
  audit_checkpoints: 'signed heads of the audit: GET /api/v1/audit_checkpoints has them',
  audit_stream_cursors: 'how far a stream of the audit is',
  audit_heads: 'the last event of the audit says the same',
  refresh_outcomes: 'counts by the minute, of the machine and not of the org',
  refresh_budgets: 'an allowance of this second',
  limit_meters: 'what is used of a limit, of the machine: the executions say what was called',
  usage_hours: 'counts of what the executions and the audit say one by one',
  usage_durations: 'counts of what the executions say one by one',
  usage_days: 'sums of the counts by the hour',
  usage_outcome_days: 'sums of the counts by the hour',
  usage_agent_days: 'sums of the counts by the hour',
  usage_duration_days: 'sums of the counts by the hour',
  usage_consent_days: 'counts of what the connect sessions say one by one',
  usage_renewals: 'counts by the hour',
  usage_marks: 'how far those counts are',
  request_log: 'what was asked of the API, kept for a week: the audit says what it changed',
  upstream_waits: 'moments before which a provider is left alone, of the machine',
  credential_tries: 'counts of tries by the minute, kept for a day',
  provider_notices: 'ids of deliveries, to know a repeated one',
  confirm_codes: 'digests of codes that are good for minutes',
  sign_ins: 'digests of codes that are good for minutes',
  sso_assertions: 'digests of assertions, to know a repeated one',
  used_proofs: 'digests of proofs and assertions, to know a repeated one',
  oauth_records:
    'digests of codes, tokens and sessions of the authorization server, for as long as they are good',
  used_details: 'names of details that were good for one call, to know a repeated one',
}

const pageRows = 500

/**
 * An org's data as lines of NDJSON, a page of rows in memory at a time. Each page is a transaction of its own: what
 * changes meanwhile is seen as it stands when its page is read.
 */
export async function* exportOrg(tenant: Tenant): AsyncGenerator<string, void> {
  const line = (type: string, data: unknown) => `${JSON.stringify({ type, data })}\n`
  yield line('export', { org_id: tenant.externalId, schema_version: 1, started_at: new Date().toISOString() })
  yield line('organizations', await getOrg(tenant))
  const counts: Record<string, number> = { organizations: 1 }
  for (const [table, { key, columns }] of Object.entries(exported)) {
    counts[table] = 0
    for (let after: unknown[] | null = null; ; ) {
      const rows: { row: unknown; after: unknown[] }[] = await readPage(tenant, table, key, columns, after)
      counts[table] += rows.length
      if (rows.length > 0) yield rows.map(({ row }) => line(table, row)).join('')
      after = rows.at(-1)?.after ?? null
      if (rows.length < pageRows) break
    }
  }
  yield line('end', { counts })
}

/** The rows as PostgreSQL writes them in JSON, and where the next page begins. */
function readPage(
  tenant: Tenant,
  table: string,
  key: readonly string[],
  columns: readonly string[],
  after: readonly unknown[] | null,
): Promise<{ row: unknown; after: unknown[] }[]> {
  const list = (names: readonly string[]) => Prisma.raw(names.map((name) => `t."${name}"`).join(', '))
  const pairs = Prisma.raw(columns.map((name) => `'${name}', t."${name}"`).join(', '))
  const type = table === 'audit_events' ? 'bigint' : 'uuid'
  const from =
    after === null
      ? Prisma.empty
      : Prisma.sql`AND (${list(key)}) > (${Prisma.join(
          after.map((value) => Prisma.sql`${value}::text::${Prisma.raw(type)}`),
        )})`
  return forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ row: unknown; after: unknown[] }[]>`
      SELECT jsonb_build_object(${pairs}) AS row,
        ARRAY[${Prisma.raw(key.map((name) => `t."${name}"::text`).join(', '))}] AS after
      FROM ${Prisma.raw(table)} t WHERE t.org_id = ${tenant.orgId}::uuid ${from}
      ORDER BY ${list(key)} LIMIT ${pageRows}`,
  )
}
