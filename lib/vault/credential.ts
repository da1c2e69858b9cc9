import { randomBytes } from 'node:crypto'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { type Binding, type Sealed, type Sealer, withOpened } from './seal.ts'

/** The tokens of a connection; sealed together and replaced together. */
export type Tokens = {
  accessToken: string
  /** What the next access token is had with: a refresh token, or the secret of a form that derives them. */
  refreshToken: string | null
  /** What a person gave beside or in place of them: the fields of a form, or their part of the provider's address. */
  fields?: Readonly<Record<string, string>>
}

/** One credential among those that an account has had: its generations count on over all of its consents. */
export type CredentialRef = { accountId: string; connectionId: string; generation: bigint }

/** What the tokens of one generation are sealed to; `key` exists as long as the generation is of use, and no longer. */
const bindingOf = ({ accountId, connectionId, generation }: CredentialRef, key: Uint8Array): Binding => ({
  purpose: 'credential',
  parts: [accountId, connectionId, String(generation)],
  key,
})

/** Sealed tokens, with the second half of the key that opens them: it is kept apart, in the keyring. */
export type SealedTokens = Sealed & { key: Uint8Array<ArrayBuffer> }

/** @param seal from `sealerOf` */
export function sealTokens(seal: Sealer, ref: CredentialRef, tokens: Tokens): SealedTokens {
  const key = new Uint8Array(randomBytes(32))
  return { ...seal(bindingOf(ref, key), JSON.stringify(tokens)), key }
}

/** Sealed tokens as they are stored: of the account's credential, or of a debt to its provider. */
export type StoredTokens = CredentialRef & Sealed

/**
 * Lends the tokens of one generation to `use`; they are in no return value of the vault.
 * @param key the generation's own, as the keyring has it; `null` where it has been destroyed
 * @throws AppError `unavailable` when they do not open: moved, rolled back or changed ciphertext is an alarm
 */
export const withTokens = <T>(
  tenant: Tenant,
  stored: StoredTokens,
  key: Uint8Array | null,
  use: (tokens: Tokens) => Promise<T>,
): Promise<T> =>
  withOpened(tenant, bindingOf(stored, key ?? new Uint8Array()), stored, (plaintext) =>
    use(JSON.parse(plaintext.toString()) as Tokens),
  )

/** As `withTokens`, for tokens that are owed to a provider: their key stays until they are settled. */
export async function withOwedTokens<T>(
  tenant: Tenant,
  owed: StoredTokens,
  use: (tokens: Tokens) => Promise<T>,
): Promise<T> {
  const { accountId, generation } = owed
  const at = { org_id_account_id_generation: { org_id: tenant.orgId, account_id: accountId, generation } }
  const row = await forOrg(tenant, (tx) => tx.credential_keys.findUnique({ where: at }))
  return withTokens(tenant, owed, row?.key ?? null, use)
}

/**
 * Destroys the keys of an account's generations that nothing needs any more: neither its credential nor a debt to the
 * provider. What they sealed opens no more, in this database or in any copy of it.
 * @returns the generations that ended
 */
export async function shredGenerationsIn(tx: Tx, tenant: Tenant, accountId: string): Promise<bigint[]> {
  const ended = await tx.$queryRaw<{ generation: bigint }[]>`
    DELETE FROM keyring.credential_keys k
    WHERE k.org_id = ${tenant.orgId}::uuid AND k.account_id = ${accountId}::uuid
      AND NOT EXISTS (SELECT FROM credentials c WHERE c.org_id = k.org_id AND c.account_id = k.account_id
        AND c.generation = k.generation)
      AND NOT EXISTS (SELECT FROM upstream_revocations u WHERE u.org_id = k.org_id AND u.account_id = k.account_id
        AND u.generation = k.generation AND u.sealed IS NOT NULL)
    RETURNING k.generation`
  return ended.map(({ generation }) => generation)
}

/** The generation that the next credential of this account gets; the account is locked until the transaction ends. */
export async function nextGenerationIn(tx: Tx, tenant: Tenant, accountId: string): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ generation: bigint }[]>`
    UPDATE connected_accounts SET credential_generation = credential_generation + 1
    WHERE org_id = ${tenant.orgId}::uuid AND id = ${accountId}::uuid RETURNING credential_generation AS generation`
  if (!row) throw new AppError('not_found')
  return row.generation
}

/**
 * Puts an account's first credential in place, or that of a new consent over the one before; a refresh that is under
 * way against the old one loses its compare-and-set.
 * @param facts of the generation that `nextGenerationIn` answered in this transaction; `expiresInSeconds` is what the
 *   access token has left, `ttlSeconds` what it was given, and `dueInSeconds` when the background renews it
 * @param sealed from `sealTokens` for these facts
 */
export async function putCredentialIn(
  tx: Tx,
  tenant: Tenant,
  facts: CredentialRef & {
    refreshable: boolean
    expiresInSeconds: number | null
    ttlSeconds: number | null
    dueInSeconds: number | null
  },
  sealed: SealedTokens,
): Promise<void> {
  const { accountId, connectionId, generation, expiresInSeconds } = facts
  await tx.credential_keys.create({
    data: { org_id: tenant.orgId, account_id: accountId, generation, key: sealed.key },
  })
  await tx.credentials.deleteMany({ where: { org_id: tenant.orgId, account_id: accountId } })
  await tx.$executeRaw`
    INSERT INTO credentials (org_id, account_id, connection_id, generation, key_version, sealed, refreshable,
      access_expires_at, access_ttl, refreshed_at, refresh_due_at)
    VALUES (${tenant.orgId}::uuid, ${accountId}::uuid, ${connectionId}::uuid, ${generation}, ${sealed.keyVersion},
      ${sealed.sealed}, ${facts.refreshable}, now() + make_interval(secs => ${expiresInSeconds}::float8),
      ${facts.ttlSeconds}::float8, now(), now() + make_interval(secs => ${facts.dueInSeconds}::float8))`
  await shredGenerationsIn(tx, tenant, accountId)
}

/** Destroys an account's credential; what it was sealed with cannot open anything any more. */
export async function dropCredentialIn(tx: Tx, tenant: Tenant, accountId: string): Promise<void> {
  await tx.credentials.deleteMany({ where: { org_id: tenant.orgId, account_id: accountId } })
  await shredGenerationsIn(tx, tenant, accountId)
}

/**
 * Takes a credential out of use that its provider refuses; it is kept for a while, in case that was wrong.
 * @returns whether it was in use: another consent or renewal may have come in between
 */
export async function markDeadIn(
  tx: Tx,
  tenant: Tenant,
  ref: CredentialRef,
  reason: string,
): Promise<boolean> {
  const marked = await tx.$executeRaw`
    UPDATE credentials SET dead_at = now(), dead_reason = ${reason}, lease_owner = NULL, lease_until = NULL
    WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${ref.accountId}::uuid
      AND connection_id = ${ref.connectionId}::uuid AND generation = ${ref.generation} AND dead_at IS NULL`
  return marked === 1
}

/** Puts a dead credential back into use, and holds it: it is tried again within `seconds`. */
export async function restoreIn(
  tx: Tx,
  tenant: Tenant,
  accountId: string,
  reason: string,
  seconds: number,
): Promise<boolean> {
  const restored = await tx.$executeRaw`
    UPDATE credentials SET dead_at = NULL, dead_reason = NULL, refresh_intent = NULL, refresh_intent_at = NULL,
      hold_reason = 'suspect', hold_until = now() + make_interval(secs => ${seconds}::float8),
      refresh_due_at = now() + make_interval(secs => ${seconds}::float8)
    WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${accountId}::uuid AND dead_reason = ${reason}`
  return restored === 1
}

/** Destroys what was found dead and stayed so: a lost pair may be on the disk of a process that is away for longer. */
export async function dropDeadIn(tx: Tx, tenant: Tenant): Promise<void> {
  const dropped = await tx.$queryRaw<{ account_id: string }[]>`
    DELETE FROM credentials WHERE org_id = ${tenant.orgId}::uuid AND dead_at < now()
      - CASE WHEN dead_reason = 'rotation_lost' THEN interval '1 day' ELSE interval '15 minutes' END
    RETURNING account_id`
  for (const { account_id } of dropped) await shredGenerationsIn(tx, tenant, account_id)
}

export type CredentialState = StoredTokens & {
  refreshable: boolean
  /** The generation's own half of the key; `null` where there is none: the row was put back from an older time. */
  key: Uint8Array | null
  /** Seconds until the access token ends, on the database's clock; `null` where it is not known to end. */
  secondsLeft: number | null
  /** The lifetime that the provider gave it, in seconds. */
  ttlSeconds: number | null
  /** Seconds until a refresh may be tried again; 0 when it may now. */
  heldSeconds: number
  /** Refreshes that failed since the last that did not. */
  failures: number
}

type StateRow = {
  connection_id: string
  generation: bigint
  key_version: number
  sealed: Uint8Array
  key: Uint8Array | null
  refreshable: boolean
  seconds_left: number | null
  access_ttl: number | null
  held_seconds: number
  failures: number
}

export const stateOf = (accountId: string, row: StateRow): CredentialState => ({
  accountId,
  connectionId: row.connection_id,
  generation: BigInt(row.generation),
  keyVersion: row.key_version,
  sealed: new Uint8Array(row.sealed),
  key: row.key,
  refreshable: row.refreshable,
  secondsLeft: row.seconds_left,
  ttlSeconds: row.access_ttl,
  heldSeconds: row.held_seconds,
  failures: row.failures,
})

const stateColumns = `c.connection_id, c.generation, c.key_version, c.sealed, c.refreshable, c.access_ttl,
  extract(epoch FROM c.access_expires_at - now())::float8 AS seconds_left,
  greatest(0, coalesce(extract(epoch FROM c.hold_until - now()), 0))::float8 AS held_seconds, c.failures`

/**
 * The credential as it stands, read along with other facts of a call: a row from the account `a`, whose columns begin
 * with `credential_`. What it means to be in use, and which key goes with it, is as in `readCredential`.
 */
export const credentialFact = {
  /** To be joined laterally, as `credential`. */
  from: `SELECT ${stateColumns}, k.key FROM credentials c
    LEFT JOIN keyring.credential_keys k ON k.org_id = c.org_id AND k.account_id = c.account_id
      AND k.generation = c.generation AND c.generation = a.credential_generation
    WHERE c.org_id = a.org_id AND c.account_id = a.id AND c.dead_at IS NULL`,
  /** The joined columns under names of their own. */
  columns: [
    ...['connection_id', 'generation', 'key_version', 'sealed', 'refreshable', 'access_ttl', 'seconds_left'],
    ...['held_seconds', 'failures', 'key'],
  ]
    .map((name) => `credential.${name} AS credential_${name}`)
    .join(', '),
  /** @returns `null` where the account has none in use */
  parse: (accountId: string, row: CredentialFactRow): CredentialState | null =>
    row.credential_sealed === null
      ? null
      : stateOf(accountId, {
          connection_id: row.credential_connection_id,
          generation: row.credential_generation,
          key_version: row.credential_key_version,
          sealed: row.credential_sealed,
          key: row.credential_key,
          refreshable: row.credential_refreshable,
          seconds_left: row.credential_seconds_left,
          access_ttl: row.credential_access_ttl,
          held_seconds: row.credential_held_seconds,
          failures: row.credential_failures,
        }),
}

export type CredentialFactRow = {
  [Name in keyof Omit<StateRow, 'sealed'> as `credential_${Name}`]: StateRow[Name]
} & { credential_sealed: Uint8Array | null }

/**
 * The credential as it stands.
 * @throws AppError `reauthorization_required` when there is none
 */
export async function readCredential(tenant: Tenant, accountId: string): Promise<CredentialState> {
  const [row] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<StateRow[]>`
      SELECT c.connection_id, c.generation, c.key_version, c.sealed, c.refreshable, c.access_ttl,
        extract(epoch FROM c.access_expires_at - now())::float8 AS seconds_left,
        greatest(0, coalesce(extract(epoch FROM c.hold_until - now()), 0))::float8 AS held_seconds, c.failures,
        CASE WHEN c.generation = a.credential_generation THEN k.key END AS key
      FROM credentials c
      JOIN connected_accounts a ON a.org_id = c.org_id AND a.id = c.account_id
      LEFT JOIN keyring.credential_keys k
        ON k.org_id = c.org_id AND k.account_id = c.account_id AND k.generation = c.generation
      WHERE c.org_id = ${tenant.orgId}::uuid AND c.account_id = ${accountId}::uuid AND c.dead_at IS NULL`,
  )
  if (!row)
    throw new AppError('reauthorization_required', { detail: 'This account must be connected again.' })
  return stateOf(accountId, row)
}
