import type { Sql } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { Claim } from './claim.ts'

/** A key that is taken, as it stands. */
export type Held = {
  fingerprint: string
  /** The tool call that holds it, by its internal id, and how that stands; null for every other request. */
  executionId: string | null
  executionStatus: string | null
  ageSeconds: number
  answer: { sealed: Uint8Array; keyVersion: number } | null
}

type Row = {
  caller: string
  route: string
  key: string
  fingerprint: string
  execution_id: string | null
  execution_status: string | null
  age_seconds: number
  sealed_response: Uint8Array | null
  key_version: number | null
}

const hoursKept = 25

const insert = {
  name: 'idempotency_claim',
  text: `INSERT INTO idempotency_keys AS k (org_id, caller, route, key, fingerprint, status, execution_id, expires_at)
    SELECT $1::uuid, r.caller, r.route, r.key, decode(r.fingerprint, 'hex'), 'running', r.execution_id,
      now() + make_interval(hours => $3::int)
    FROM json_to_recordset($2::json) AS r (caller text, route text, key text, fingerprint text, execution_id uuid)
    ORDER BY 2, 3, 4
    ON CONFLICT (org_id, caller, route, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = 'running',
      execution_id = excluded.execution_id, created_at = now(), expires_at = excluded.expires_at,
      sealed_response = NULL, response_status = NULL, key_version = NULL
    WHERE k.expires_at <= now() RETURNING caller, route, key`,
}

const look = {
  name: 'idempotency_look',
  text: `SELECT k.caller, k.route, k.key, encode(k.fingerprint, 'hex') AS fingerprint, k.execution_id,
      e.status AS execution_status, extract(epoch FROM now() - k.created_at)::float8 AS age_seconds,
      k.sealed_response, k.key_version
    FROM json_to_recordset($2::json) AS r (caller text, route text, key text)
    JOIN idempotency_keys k ON k.org_id = $1::uuid AND k.caller = r.caller AND k.route = r.route AND k.key = r.key
    LEFT JOIN executions e ON e.org_id = k.org_id AND e.id = k.execution_id`,
}

const nameOf = ({ caller, route, key }: Pick<Claim, 'caller' | 'route' | 'key'>) =>
  JSON.stringify([caller, route, key])

/**
 * Takes keys for requests about to begin, in the transaction in which they do; of many with one key, one gets it. A
 * transaction elsewhere that is about to take the same key is waited for.
 * @param asked with the internal id of the execution, for tool calls
 * @returns for each `null` when it has its key, or how the key is held
 */
export async function claimIn(
  sql: Sql,
  tenant: Tenant,
  asked: readonly (Claim & { execution_id: string | null })[],
): Promise<(Held | null)[]> {
  if (asked.length === 0) return []
  const first = new Map<string, (typeof asked)[number]>()
  for (const one of asked) if (!first.has(nameOf(one))) first.set(nameOf(one), one)
  const values = [tenant.orgId, JSON.stringify([...first.values()]), hoursKept]
  const taken = new Set((await sql<Row>(insert, values)).map(nameOf))
  const mine = (one: (typeof asked)[number]) => taken.has(nameOf(one)) && first.get(nameOf(one)) === one
  const others = asked.filter((one) => !mine(one))
  if (others.length === 0) return asked.map(() => null)
  const rows = await sql<Row>(look, [tenant.orgId, JSON.stringify(others)])
  const found = new Map(rows.map((row) => [nameOf(row), heldOf(row)]))
  return asked.map((one) => (mine(one) ? null : (found.get(nameOf(one)) ?? null)))
}

/** How a key is held, if it is; takes nothing. */
export async function heldIn(sql: Sql, tenant: Tenant, { caller, route, key }: Claim): Promise<Held | null> {
  const [row] = await sql<Row>(look, [tenant.orgId, JSON.stringify([{ caller, route, key }])])
  return row ? heldOf(row) : null
}

const heldOf = (row: Row): Held => ({
  fingerprint: row.fingerprint,
  executionId: row.execution_id,
  executionStatus: row.execution_status,
  ageSeconds: row.age_seconds,
  answer:
    row.sealed_response && row.key_version !== null
      ? { sealed: new Uint8Array(row.sealed_response), keyVersion: row.key_version }
      : null,
})

const release = {
  name: 'idempotency_release',
  text: `DELETE FROM idempotency_keys k
    USING json_to_recordset($2::json) AS r (caller text, route text, key text, fingerprint text)
    WHERE k.org_id = $1::uuid AND k.caller = r.caller AND k.route = r.route AND k.key = r.key AND k.status = 'running'`,
}

/** Gives keys back whose requests came to nothing: the next try with them is a first one. */
export async function releaseIn(sql: Sql, tenant: Tenant, claims: readonly Claim[]): Promise<void> {
  if (claims.length > 0) await sql(release, [tenant.orgId, JSON.stringify(claims)])
}
