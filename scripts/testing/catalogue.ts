// For `.db.test.ts` files: what PostgreSQL's own catalogue says of the product's tables, and a row for any of them.
import { randomBytes, randomUUID } from 'node:crypto'
import { deploymentOrgId } from '#lib/ids'
import type { Superuser } from './superuser.ts'

export type Column = { name: string; type: string; notNull: boolean; hasDefault: boolean }
export type Table = { name: string; kind: string; partition: boolean; columns: Column[] }

/** Every table of the product's schemas, partitions included, by its qualified name. */
export async function readTables({ sql }: Superuser): Promise<Table[]> {
  return sql<Table>(`
    SELECT c.oid::regclass::text AS name, c.relkind AS kind, c.relispartition AS partition,
      jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'notNull', a.attnotnull, 'hasDefault', a.atthasdef) ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace IN ('public'::regnamespace, 'keyring'::regnamespace)
    GROUP BY c.oid ORDER BY 1`)
}

/** Values that the checks of a table ask for, by table and column or by column alone. */
const checked: Readonly<Record<string, string>> = {
  agent_org_id: deploymentOrgId,
  auth_config_org_id: deploymentOrgId,
  stream_org_id: deploymentOrgId,
  'agent_credentials.kind': 'private_key_jwt',
  'audit_streams.kind': 'https',
  'connect_attempts.status': 'started',
  'connect_sessions.status': 'open',
  'connected_accounts.status': 'active',
  'executions.status': 'running',
  'idempotency_keys.status': 'running',
  'upstream_revocations.status': 'pending',
  'policies.effect': 'deny',
  'policy_versions.engine': 'cedar',
  'key_rotations.kind': 'rewrap',
  'key_rotations.status': 'done',
  'mass_revocations.status': 'done',
  'mass_revocation_accounts.upstream': 'revoked',
  'branding_assets.kind': 'logo',
  'mails.kind': 'code',
  'members.role': 'support',
  'sign_ins.kind': 'mail',
  'used_proofs.kind': 'dpop',
  'sso_connections.client_auth': 'none',
  'sso_connections.status': 'off',
  'upstream_waits.kind': 'account',
  'limits.kind': 'daily_calls',
  'saved_views.list': 'accounts',
  'usage_hours.status': 'succeeded',
  'usage_days.status': 'succeeded',
  'usage_outcome_days.status': 'succeeded',
  'usage_renewals.outcome': 'renewed',
  'stops.subject': 'tool',
}

function valueFor(table: Table, { name, type }: Column): unknown {
  const asked = checked[`${table.name}.${name}`] ?? checked[name]
  if (asked !== undefined) return asked
  if (type.endsWith('[]')) return '{}'
  if (type === 'uuid') return randomUUID()
  if (type === 'bytea') return randomBytes(16)
  if (type === 'boolean') return true
  if (type === 'jsonb') return '{}'
  if (type.startsWith('timestamp')) return new Date()
  if (type === 'integer' || type === 'bigint' || type === 'double precision') return 1
  return `made up ${randomUUID()}`
}

/** An INSERT of one row that every NOT NULL and CHECK of the table lets pass; its foreign keys lead nowhere. */
export function madeUpRow(table: Table, orgId: string): { text: string; values: unknown[] } {
  const columns = table.columns.filter(
    ({ name, notNull, hasDefault }) => notNull && (!hasDefault || name === 'org_id'),
  )
  const values = columns.map((column) => (column.name === 'org_id' ? orgId : valueFor(table, column)))
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const places = columns.map((_, at) => `$${at + 1}`).join(', ')
  return { text: `INSERT INTO ${table.name} (${names}) VALUES (${places})`, values }
}
