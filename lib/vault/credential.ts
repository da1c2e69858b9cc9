import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { type Binding, type Sealed, type Sealer, withOpened } from './seal.ts'

/** The tokens of a connection; sealed together and replaced together. */
export type Tokens = { accessToken: string; refreshToken: string | null }

/** What is known of a credential without opening it. */
export type CredentialFacts = {
  accountId: string
  connectionId: string
  generation: bigint
  accessExpiresAt: Date | null
  refreshable: boolean
}

export const credentialBinding = (
  facts: Pick<CredentialFacts, 'accountId' | 'connectionId' | 'generation'>,
): Binding => ({
  purpose: 'credential',
  parts: [facts.accountId, facts.connectionId, String(facts.generation)],
})

/** @param seal from `sealerOf` */
export const sealTokens = (
  seal: Sealer,
  facts: Pick<CredentialFacts, 'accountId' | 'connectionId' | 'generation'>,
  tokens: Tokens,
): Sealed => seal(credentialBinding(facts), JSON.stringify(tokens))

/** When an access token ends, on the database's clock; `null` where the provider does not say. */
export async function expiryIn(tx: Tx, expiresInSeconds: number | null): Promise<Date | null> {
  if (expiresInSeconds === null) return null
  const [row] = await tx.$queryRaw<
    { at: Date }[]
  >`SELECT now() + make_interval(secs => ${expiresInSeconds}) AS at`
  return row?.at ?? null
}

/**
 * Puts an account's first credential in place, or that of a new consent over the one before; a refresh that is under
 * way against the old one loses its compare-and-set.
 * @param sealed from `sealTokens` for the generation that `nextGenerationIn` answered in this transaction
 */
export async function putCredentialIn(
  tx: Tx,
  tenant: Tenant,
  facts: Omit<CredentialFacts, 'accessExpiresAt'> & { expiresInSeconds: number | null },
  sealed: Sealed,
): Promise<void> {
  const data = {
    connection_id: facts.connectionId,
    generation: facts.generation,
    key_version: sealed.keyVersion,
    sealed: sealed.sealed,
    access_expires_at: await expiryIn(tx, facts.expiresInSeconds),
    refreshable: facts.refreshable,
    refresh_intent: null,
    lease_owner: null,
    lease_until: null,
    updated_at: new Date(),
  }
  const key = { org_id: tenant.orgId, account_id: facts.accountId }
  await tx.credentials.upsert({
    where: { org_id_account_id: key },
    create: { ...key, ...data },
    update: data,
  })
}

/** The generation that the next credential of this account gets; the row is locked until the transaction ends. */
export async function nextGenerationIn(tx: Tx, tenant: Tenant, accountId: string): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ generation: bigint }[]>`
    SELECT generation FROM credentials WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${accountId}::uuid FOR UPDATE`
  return (row?.generation ?? 0n) + 1n
}

/** Destroys an account's credential; what it was sealed with cannot open anything any more. */
export async function dropCredentialIn(tx: Tx, tenant: Tenant, accountId: string): Promise<void> {
  await tx.credentials.deleteMany({ where: { org_id: tenant.orgId, account_id: accountId } })
}

export type CredentialState = CredentialFacts & {
  sealed: Uint8Array
  keyVersion: number
  /** Seconds until the access token ends, on the database's clock; `null` where it is not known to end. */
  secondsLeft: number | null
}

type StateRow = {
  connection_id: string
  generation: bigint
  key_version: number
  sealed: Uint8Array
  access_expires_at: Date | null
  refreshable: boolean
  seconds_left: number | null
}

/**
 * The credential as it stands.
 * @throws AppError `reauthorization_required` when there is none
 */
export async function readCredential(tenant: Tenant, accountId: string): Promise<CredentialState> {
  const [row] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<StateRow[]>`
      SELECT connection_id, generation, key_version, sealed, access_expires_at, refreshable,
        extract(epoch FROM access_expires_at - now())::float8 AS seconds_left
      FROM credentials WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${accountId}::uuid`,
  )
  if (!row)
    throw new AppError('reauthorization_required', { detail: 'This account must be connected again.' })
  return {
    accountId,
    connectionId: row.connection_id,
    generation: row.generation,
    keyVersion: row.key_version,
    sealed: row.sealed,
    accessExpiresAt: row.access_expires_at,
    refreshable: row.refreshable,
    secondsLeft: row.seconds_left,
  }
}

/** Lends the tokens of a credential to `use`; they are in no return value of the vault. */
export const withTokens = <T>(
  tenant: Tenant,
  state: CredentialState,
  use: (tokens: Tokens) => Promise<T>,
): Promise<T> =>
  withOpened(tenant, credentialBinding(state), state, (plaintext) =>
    use(JSON.parse(plaintext.toString()) as Tokens),
  )
