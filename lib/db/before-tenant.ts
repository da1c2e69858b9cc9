import type { IdKind } from '#lib/ids'
import { pool, withRetry } from './client.ts'

/**
 * The written list of reads before a tenant is known. Each calls one SECURITY DEFINER function of migration 0002
 * that answers with the ids of one row; tenant data is read only after, through `forOrg`.
 */
async function one<Row>(sql: string, values: readonly unknown[]): Promise<Row | null> {
  const result = await withRetry(() => pool().query(sql, [...values]))
  return (result.rows[0] as Row | undefined) ?? null
}

export type ApiKeyRow = {
  org_id: string
  id: string
  roles: string[]
  expires_at: Date | null
  revoked_at: Date | null
}

/** The key whose digest this is, whatever its state. */
export const lookupApiKey = (digest: Uint8Array): Promise<ApiKeyRow | null> =>
  one('SELECT * FROM lookup_api_key($1)', [Buffer.from(digest)])

/** The session that a token, a hosted link or a tab's handle opens; `via` says which of them it was. */
export const lookupConnectSession = (
  digest: Uint8Array,
): Promise<{ org_id: string; id: string; via: 'token' | 'link' | 'handle' } | null> =>
  one('SELECT * FROM lookup_connect_session($1)', [Buffer.from(digest)])

export const lookupSignInLink = (
  digest: Uint8Array,
): Promise<{ org_id: string; id: string; member_id: string } | null> =>
  one('SELECT * FROM lookup_sign_in_link($1)', [Buffer.from(digest)])

/** The internal id of the org that the caller knows as `externalId`. */
export async function lookupOrg(externalId: string): Promise<string | null> {
  return (await one<{ id: string | null }>('SELECT lookup_org($1) AS id', [externalId]))?.id ?? null
}

/** The external id of an org. */
export async function lookupOrgName(orgId: string): Promise<string | null> {
  return (await one<{ name: string | null }>('SELECT lookup_org_name($1) AS name', [orgId]))?.name ?? null
}

/** Internal ids of all orgs, newest first, `most` at a time from before `before`. */
export async function listOrgIds(before: string | null, most: number): Promise<string[]> {
  const result = await withRetry(() => pool().query('SELECT list_orgs($1, $2) AS id', [before, most]))
  return result.rows.map((row: { id: string }) => row.id)
}

/** The org to which a globally unique id belongs, for callers that no org restricts. */
export async function lookupObject(kind: IdKind, id: string): Promise<string | null> {
  return (await one<{ org: string | null }>('SELECT lookup_object($1, $2) AS org', [kind, id]))?.org ?? null
}

/** Whether the database answers. */
export async function ping(): Promise<void> {
  await one('SELECT 1', [])
}
