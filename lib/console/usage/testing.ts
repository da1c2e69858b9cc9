// For tests: calls and refusals as they lie in the database, at moments of one's choosing.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Tenant } from '#lib/proof'
import type { Superuser } from '../../../scripts/testing/superuser.ts'

export type SeededCall = {
  at: Date
  status: 'running' | 'succeeded' | 'failed' | 'unknown' | 'denied'
  tool: string
  /** Internal id; `null` for the product. */
  agent: string | null
  reason?: string
  ms?: number
  /** Of a refusal: one of a rehearsal. */
  rehearsed?: boolean
}

/** A UUIDv7 of a moment. */
function idAt(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0')
  const rest = randomBytes(9).toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6)}`
}

/** Days are UTC's, in whatever zone the database is. */
export const leaveUtc = ({ sql }: Superuser) =>
  sql(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(),
    'Asia/Kathmandu'); END $$`)

let sequence = 10_000_000

/** Writes them behind the product's back. */
export async function seedCalls(
  { tamper }: Superuser,
  tenant: Tenant,
  calls: readonly SeededCall[],
): Promise<void> {
  const made = calls.filter(({ status }) => status !== 'denied')
  await tamper(
    `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type, actor_id,
      agent_id, status, scopes_required, scopes_granted, decision, params_hmac, trace_id, error_code, duration_ms, created_at)
     SELECT $1, c.id, $2, $2, $2, c.tool, 'read', 'api_key', 'seed', c.agent, c.status, '{}', '{}', '{}', '', '', c.reason,
      c.ms, c.at FROM jsonb_to_recordset($3) AS c (id uuid, tool text, agent uuid, status text, reason text, ms int, at timestamptz)`,
    [tenant.orgId, randomUUID(), JSON.stringify(made.map((call) => ({ ...call, id: idAt(call.at) })))],
  )
  const refused = calls.filter(({ status }) => status === 'denied')
  await tamper(
    `INSERT INTO audit_events (org_id, sequence, occurred_at, id, action, outcome, actor, agent_id, tool_name, error_code,
      scopes_required, scopes_granted, changed_fields, details, prev_hash, hash)
     SELECT $1, c.sequence, c.at, gen_random_uuid(), 'tool.executed', 'denied', '{}',
      CASE WHEN c.agent IS NOT NULL THEN 'ag_' || replace(c.agent::text, '-', '') END, c.tool, c.reason, '{}', '{}', '{}',
      CASE WHEN c.rehearsed THEN '{"dry_run": true}' ELSE '{}' END::jsonb, '', ''
     FROM jsonb_to_recordset($2) AS c (sequence bigint, at timestamptz, agent uuid, tool text, reason text, rehearsed bool)`,
    [tenant.orgId, JSON.stringify(refused.map((call) => ({ ...call, sequence: ++sequence })))],
  )
}

export type SeededSession = {
  at: Date
  status:
    | 'open'
    | 'authorizing'
    | 'awaiting_confirmation'
    | 'completed'
    | 'declined'
    | 'failed'
    | 'expired'
    | 'cancelled'
  connectors: readonly string[]
  /** Of what somebody agreed to connect. */
  agreed?: readonly string[]
  held?: boolean
  /** Half an hour after it was made without. */
  expiresAt?: Date
  finishedAt?: Date
  manage?: boolean
}

/** Writes them behind the product's back. @returns their internal ids */
export async function seedSessions(
  { tamper }: Superuser,
  tenant: Tenant,
  sessions: readonly SeededSession[],
): Promise<string[]> {
  const rows = sessions.map((one) => ({
    expiresAt: new Date(one.at.getTime() + 1_800_000),
    ...one,
    id: idAt(one.at),
  }))
  await tamper(
    `INSERT INTO connect_sessions (org_id, id, user_id, status, connectors, confirmation, token_hash, link_hash, handle_hash,
      created_by, kind, created_at, expires_at, finished_at)
     SELECT $1, s.id, $1, s.status, ARRAY(SELECT jsonb_array_elements_text(s.connectors)), 'host', sha256(s.id::text::bytea),
      sha256((s.id || 'link')::bytea), CASE WHEN s.held THEN sha256((s.id || 'held')::bytea) END, '{}',
      CASE WHEN s.manage THEN 'manage' ELSE 'connect' END, s.at, s."expiresAt", s."finishedAt"
     FROM jsonb_to_recordset($2) AS s (id uuid, at timestamptz, status text, connectors jsonb, held bool, manage bool,
       "expiresAt" timestamptz, "finishedAt" timestamptz)`,
    [tenant.orgId, JSON.stringify(rows)],
  )
  const attempts = rows.flatMap(({ id, at, agreed = [] }) =>
    agreed.map((connector) => ({ id: idAt(at), session: id, connector, at })),
  )
  await tamper(
    `INSERT INTO connect_attempts (org_id, id, session_id, connector, auth_config_org_id, auth_config_id, state_hash, status,
      scopes_requested, scopes_refused, scopes_granted, consent_text, consent_hash, consented_by, consented_at, created_at)
     SELECT $1, a.id, a.session, a.connector, $1, $1, sha256(a.id::text::bytea), 'confirmed', '{}', '{}', '{}', '', '', '{}',
      a.at, a.at FROM jsonb_to_recordset($2) AS a (id uuid, session uuid, connector text, at timestamptz)`,
    [tenant.orgId, JSON.stringify(attempts)],
  )
  return rows.map(({ id }) => id)
}
