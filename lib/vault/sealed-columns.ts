import type { Statement } from '#lib/db'

/** A column of sealed bytes, and what its rows are sealed to: what the rotation of a data key has to know of it. */
export type SealedColumn = {
  table: string
  column: string
  /** The row's id within its org. */
  id: string
  purpose: string
  /** SQL for the parts of the binding, in their order; `null` where nothing seals into the column yet. */
  parts: readonly string[] | null
  /** Where the key version stands: a column, a member of a JSON column, or before the bytes themselves. */
  version: { column: string } | { json: string } | 'leads'
  /** Whether a generation's own key is the other half (`Binding.key`). */
  generationKey?: boolean
}

const tokens = { purpose: 'credential', version: { column: 'key_version' }, generationKey: true } as const
const tokenParts = ['account_id', 'connection_id', 'generation']

/** Every one there is: a test compares this list with the database's catalogue. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'credentials', column: 'sealed', id: 'account_id', parts: tokenParts, ...tokens },
  { table: 'upstream_revocations', column: 'sealed', id: 'id', parts: tokenParts, ...tokens },
  {
    table: 'connect_attempts',
    column: 'sealed_answer',
    id: 'id',
    purpose: 'connect_answer',
    parts: ['id'],
    version: { json: 'provider_account' },
  },
  {
    table: 'connect_attempts',
    column: 'sealed_form',
    id: 'id',
    purpose: 'credential_form',
    parts: ['id'],
    version: 'leads',
  },
  {
    table: 'executions',
    column: 'sealed_input',
    id: 'id',
    purpose: 'execution_input',
    parts: ['id'],
    version: { column: 'key_version' },
  },
  {
    table: 'approvals',
    column: 'sealed_call',
    id: 'id',
    purpose: 'approval_call',
    parts: ['id'],
    version: { column: 'key_version' },
  },
  {
    table: 'approvals',
    column: 'sealed_output',
    id: 'id',
    purpose: 'approval_output',
    parts: ['id'],
    version: 'leads',
  },
  ...(['executions', 'denied_calls'] as const).map((table) => ({
    table,
    column: 'sealed_facts',
    id: 'id',
    purpose: 'call_facts',
    parts: ['id'],
    version: 'leads' as const,
  })),
  ...(['client_secret', 'event_secret'] as const).map((purpose) => ({
    table: 'auth_configs',
    column: `sealed_${purpose}`,
    id: 'id',
    purpose,
    parts: ['id'],
    version: 'leads' as const,
  })),
  {
    table: 'sso_connections',
    column: 'sealed_client_secret',
    id: 'id',
    purpose: 'sso_client_secret',
    parts: ['id'],
    version: 'leads',
  },
  {
    table: 'signing_keys',
    column: 'sealed_private',
    id: 'id',
    purpose: 'signing_key',
    parts: ['id'],
    version: { column: 'key_version' },
  },
  {
    table: 'audit_streams',
    column: 'sealed_secret',
    id: 'id',
    purpose: 'audit_stream',
    parts: ['id'],
    version: { column: 'key_version' },
  },
  {
    table: 'audit_streams',
    column: 'sealed_client_key',
    id: 'id',
    purpose: 'audit_stream_key',
    parts: ['id'],
    version: 'leads',
  },
  {
    table: 'mails',
    column: 'sealed',
    id: 'id',
    purpose: 'mail',
    parts: ['id'],
    version: { column: 'key_version' },
  },
  {
    table: 'idempotency_keys',
    column: 'sealed_response',
    id: 'md5(caller || route || key)::uuid',
    purpose: 'idempotent_response',
    parts: ['caller', 'route', 'key'],
    version: { column: 'key_version' },
  },
]

export const leadBytes = 4

/** The bytes that lead a column without a version of its own: its key version, big-endian. */
export function leadWith(version: number, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(leadBytes + sealed.length)
  new DataView(bytes.buffer).setUint32(0, version)
  bytes.set(sealed, leadBytes)
  return bytes
}

function versionOf({ column, version }: SealedColumn): string {
  if (version === 'leads')
    return `('x' || encode(substring(t.${column} FROM 1 FOR ${leadBytes}), 'hex'))::bit(32)::int`
  return 'json' in version ? `(t.${version.json} ->> 'key_version')::int` : `t.${version.column}`
}

/** Rows with bytes under an older key than version $2, in the order of their ids from after $3. */
const old = (of: SealedColumn) =>
  `FROM ${of.table} t WHERE t.org_id = $1 AND t.${of.column} IS NOT NULL AND ${versionOf(of)} < $2`

export const countByVersion = (of: SealedColumn): Statement => ({
  name: `sealed_count_${of.table}_${of.column}`,
  text: `SELECT ${versionOf(of)} AS version, count(*)::int AS rows FROM ${of.table} t
    WHERE t.org_id = $1 AND t.${of.column} IS NOT NULL GROUP BY 1`,
})

export type OldRow = {
  id: string
  stored: Uint8Array
  version: number
  parts: string[] | null
  key: Uint8Array | null
}

export const selectOld = (of: SealedColumn): Statement => ({
  name: `sealed_old_${of.table}_${of.column}`,
  text: `SELECT (${of.id})::text AS id, t.${of.column} AS stored, ${versionOf(of)} AS version,
      ${of.parts ? `ARRAY[${of.parts.map((part) => `t.${part}::text`).join(', ')}]` : 'NULL::text[]'} AS parts,
      ${
        of.generationKey
          ? `(SELECT k.key FROM keyring.credential_keys k WHERE k.org_id = t.org_id AND k.account_id = t.account_id
              AND k.generation = t.generation)`
          : 'NULL::bytea'
      } AS key
    ${old(of)} AND ($3::uuid IS NULL OR ${of.id} > $3) ORDER BY ${of.id} LIMIT $4`,
})

/** Compare-and-set on the bytes themselves: whoever wrote meanwhile has sealed anew anyway. */
export const replaceOld = (of: SealedColumn): Statement => ({
  name: `sealed_replace_${of.table}_${of.column}`,
  text: `UPDATE ${of.table} t SET ${of.column} = n.fresh${setVersion(of)}
    FROM unnest($2::uuid[], $3::bytea[], $4::bytea[]) AS n (row_id, stored, fresh)
    WHERE t.org_id = $1 AND ${of.id} = n.row_id AND t.${of.column} = n.stored AND $5::int > 0 RETURNING 1`,
})

function setVersion({ version }: SealedColumn): string {
  if (version === 'leads') return ''
  return 'json' in version
    ? `, ${version.json} = jsonb_set(t.${version.json}, '{key_version}', to_jsonb($5::int))`
    : `, ${version.column} = $5::int`
}
