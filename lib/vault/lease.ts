import { sqlForOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { type CredentialRef, type CredentialState, type SealedTokens, stateOf } from './credential.ts'

// The life of one refresh, each step one statement on the account's row:
//   taken     lease_owner, lease_until, refresh_intent = generation    before anything is sent
//   written   the next generation, its key, everything else cleared     compare-and-set on the generation
//   released  lease cleared; the intent too, unless the answer was lost on the way
//   lost      a holder died with the intent open: lost_since gives its spool a while to bring the answer in

/** How an earlier holder's open intent stands (THREATS.md fault 16). */
export type Lease = {
  state: CredentialState
  /** Seconds since an earlier holder asked the provider without writing the answer down; `null` where none did. */
  intentSeconds: number | null
  /** Seconds since that was noticed; `null` when it is noticed now. */
  lostSeconds: number | null
}

const take = {
  name: 'lease_take',
  text: `
    UPDATE credentials c SET lease_owner = $5, lease_until = now() + make_interval(secs => $6), refresh_intent = c.generation,
      refresh_intent_at = CASE WHEN before.open THEN c.refresh_intent_at ELSE now() END, updated_at = now()
    FROM (SELECT org_id, account_id, refresh_intent IS NOT DISTINCT FROM generation AS open, lost_since
      FROM credentials WHERE org_id = $1 AND account_id = $2 AND connection_id = $3 AND generation = $4
        AND dead_at IS NULL AND (lease_until IS NULL OR lease_until <= now()) FOR UPDATE) before,
      connected_accounts a
    WHERE c.org_id = before.org_id AND c.account_id = before.account_id AND a.org_id = c.org_id AND a.id = c.account_id
    RETURNING c.connection_id, c.generation, c.key_version, c.sealed, c.refreshable, c.access_ttl,
      extract(epoch FROM c.access_expires_at - now())::float8 AS seconds_left, 0::float8 AS held_seconds, c.failures,
      (SELECT k.key FROM keyring.credential_keys k WHERE k.org_id = c.org_id AND k.account_id = c.account_id
        AND k.generation = c.generation AND c.generation = a.credential_generation) AS key,
      CASE WHEN before.open THEN extract(epoch FROM now() - c.refresh_intent_at)::float8 END AS intent_seconds,
      extract(epoch FROM now() - before.lost_since)::float8 AS lost_seconds`,
}

type TakenRow = Parameters<typeof stateOf>[1] & { intent_seconds: number | null; lost_seconds: number | null }

/**
 * Takes the lease to refresh this generation, and records the intent before anything is sent.
 * @param leaseSeconds how long others wait; longer than the deadline of the HTTP call
 * @returns `null` while another process holds the lease, or when the generation has moved
 */
export async function takeLease(
  tenant: Tenant,
  { accountId, connectionId, generation }: CredentialRef,
  owner: string,
  leaseSeconds: number,
): Promise<Lease | null> {
  const values = [tenant.orgId, accountId, connectionId, generation, owner, leaseSeconds]
  const [row] = await sqlForOrg(tenant, (sql) => sql<TakenRow>(take, values))
  return row
    ? { state: stateOf(accountId, row), intentSeconds: row.intent_seconds, lostSeconds: row.lost_seconds }
    : null
}

/** Why no refresh is tried for a while. */
export type Hold = { reason: 'suspect' | 'config' | 'transient'; seconds: number }

const release = {
  name: 'lease_release',
  text: `
    UPDATE credentials SET lease_owner = NULL, lease_until = NULL, updated_at = now(),
      refresh_intent = CASE WHEN $6 THEN refresh_intent END,
      refresh_intent_at = CASE WHEN $6 THEN refresh_intent_at END,
      lost_since = CASE WHEN $9 THEN 'epoch' WHEN $6 THEN coalesce(lost_since, now()) END,
      failures = failures + 1, hold_reason = $7, hold_until = now() + make_interval(secs => $8),
      refresh_due_at = greatest(refresh_due_at, now() + make_interval(secs => coalesce($8, 1)))
    WHERE org_id = $1 AND account_id = $2 AND connection_id = $3 AND generation = $4 AND lease_owner = $5`,
}

/**
 * Gives the lease back without a result.
 * @param spent whether the provider may have renewed without our knowing what it answered: `perhaps` while a process
 *   that asked may still bring the answer in, `surely` when none can
 */
export async function releaseLease(
  tenant: Tenant,
  { accountId, connectionId, generation }: CredentialRef,
  owner: string,
  { spent, hold }: { spent: 'no' | 'perhaps' | 'surely'; hold: Hold | null },
): Promise<void> {
  const values = [tenant.orgId, accountId, connectionId, generation, owner, spent !== 'no']
  const more = [hold?.reason ?? null, hold?.seconds ?? null, spent === 'surely']
  await sqlForOrg(tenant, (sql) => sql(release, [...values, ...more]))
}

/** A pair as it goes into the database, or into the spool while there is none. */
export type Renewed = {
  /** The credential that it replaces. */
  replaces: CredentialRef
  sealed: SealedTokens
  refreshable: boolean
  /** Seconds from the provider's answer; `null` where it did not say. */
  expiresInSeconds: number | null
  /** Seconds from the provider's answer until the background looks after it again; `null` for never. */
  dueInSeconds: number | null
}

export type Replaced = 'written' | 'revived' | 'overtaken'

const replace = {
  name: 'credential_replace',
  text: `
    WITH before AS (
      SELECT org_id, account_id, dead_at FROM credentials
      WHERE org_id = $1 AND account_id = $2 AND connection_id = $3 AND generation = $4
        AND (dead_at IS NULL OR dead_reason = 'rotation_lost') FOR UPDATE),
    written AS (
      UPDATE credentials c SET generation = generation + 1, sealed = $5, key_version = $6, refreshable = $7,
        access_expires_at = now() + make_interval(secs => $8), access_ttl = $9,
        refresh_due_at = now() + make_interval(secs => $10), refreshed_at = now(), updated_at = now(),
        refresh_intent = NULL, refresh_intent_at = NULL, lease_owner = NULL, lease_until = NULL, lost_since = NULL,
        hold_until = NULL, hold_reason = NULL, failures = 0, dead_at = NULL, dead_reason = NULL
      FROM before b WHERE c.org_id = b.org_id AND c.account_id = b.account_id
      RETURNING c.org_id, c.account_id, c.generation, b.dead_at),
    counted AS (
      UPDATE connected_accounts a SET credential_generation = w.generation FROM written w
      WHERE a.org_id = w.org_id AND a.id = w.account_id),
    keyed AS (
      INSERT INTO keyring.credential_keys (org_id, account_id, generation, key)
      SELECT org_id, account_id, generation, $11 FROM written),
    ended AS (
      DELETE FROM keyring.credential_keys k USING written w
      WHERE k.org_id = w.org_id AND k.account_id = w.account_id AND k.generation = w.generation - 1
        AND NOT EXISTS (SELECT FROM upstream_revocations u WHERE u.org_id = k.org_id AND u.account_id = k.account_id
          AND u.generation = k.generation AND u.sealed IS NOT NULL))
    SELECT CASE WHEN dead_at IS NULL THEN 'written' ELSE 'revived' END AS outcome FROM written
    UNION ALL SELECT 'written' FROM keyring.credential_keys
      WHERE org_id = $1 AND account_id = $2 AND generation = $4 + 1 AND key = $11`,
}

/**
 * Replaces the pair by the one that the provider answered, and ends the old generation's key with it: compare-and-set
 * on the generation, so that a holder that stalled past its lease writes over nobody.
 * @param agedSeconds how long ago the provider answered, for one that waited in the spool
 * @returns `written` when this pair is in place, also since an earlier try whose commit was in doubt (THREATS.md
 *   fault 21); `revived` when the credential had been given up as lost; `overtaken` when another took its place
 */
export async function replaceTokens(tenant: Tenant, renewed: Renewed, agedSeconds = 0): Promise<Replaced> {
  const { accountId, connectionId, generation } = renewed.replaces
  const { sealed, refreshable, expiresInSeconds, dueInSeconds } = renewed
  const from = (seconds: number | null) => (seconds === null ? null : seconds - agedSeconds)
  const rows = await sqlForOrg(tenant, (sql) =>
    sql<{ outcome: Replaced }>(replace, [
      tenant.orgId,
      accountId,
      connectionId,
      generation,
      sealed.sealed,
      sealed.keyVersion,
      refreshable,
      from(expiresInSeconds),
      expiresInSeconds === null ? null : Math.round(expiresInSeconds),
      from(dueInSeconds),
      sealed.key,
    ]),
  )
  return rows[0]?.outcome ?? 'overtaken'
}

const postpone = {
  name: 'credential_postpone',
  text: `UPDATE credentials SET refresh_due_at = now() + make_interval(secs => $5)
    WHERE org_id = $1 AND account_id = $2 AND connection_id = $3 AND generation = $4`,
}

/**
 * Says when the background looks after a credential again; another one that has come meanwhile keeps its own time.
 * @param seconds from now; `null` for never
 */
export async function postponeRefresh(
  tenant: Tenant,
  { accountId, connectionId, generation }: CredentialRef,
  seconds: number | null,
): Promise<void> {
  const values = [tenant.orgId, accountId, connectionId, generation, seconds]
  await sqlForOrg(tenant, (sql) => sql(postpone, values))
}
