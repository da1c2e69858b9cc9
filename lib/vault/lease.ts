import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { type CredentialState, expiryIn, sealTokens, type Tokens } from './credential.ts'
import { sealerOf } from './seal.ts'

/** One credential among those that an account has had: generations begin anew with a consent after a dropped one. */
export type CredentialRef = Pick<CredentialState, 'accountId' | 'connectionId' | 'generation'>

export type Lease = {
  /** Whether an earlier holder asked the provider and never wrote its answer down. */
  lostBefore: boolean
}

/**
 * Takes the lease to refresh this generation, and records the intent before anything is sent: after a crash an open
 * intent says that the old refresh token may have been spent (THREATS.md fault 16).
 * @param leaseSeconds how long others wait; longer than the deadline of the HTTP call
 * @returns `null` while another process holds the lease, or when the generation has moved
 */
export function takeLease(
  tenant: Tenant,
  ref: CredentialRef,
  owner: string,
  leaseSeconds: number,
): Promise<Lease | null> {
  return forOrg(tenant, async (tx) => {
    // Read under the lock: a holder that lost its answer may have let go since the caller last looked.
    const [free] = await tx.$queryRaw<{ lost_before: boolean }[]>`
      SELECT refresh_intent IS NOT DISTINCT FROM generation AS lost_before FROM credentials
      WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${ref.accountId}::uuid
        AND connection_id = ${ref.connectionId}::uuid AND generation = ${ref.generation}
        AND (lease_until IS NULL OR lease_until <= now())
      FOR UPDATE`
    if (!free) return null
    await tx.$executeRaw`
      UPDATE credentials SET lease_owner = ${owner}::uuid, refresh_intent = generation, updated_at = now(),
        lease_until = now() + make_interval(secs => ${leaseSeconds})
      WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${ref.accountId}::uuid`
    return { lostBefore: free.lost_before }
  })
}

/** Gives the lease back without a result. `spent` keeps the intent open: the answer was lost on the way. */
export async function releaseLease(
  tenant: Tenant,
  ref: CredentialRef,
  owner: string,
  spent: boolean,
): Promise<void> {
  await forOrg(
    tenant,
    (tx) => tx.$executeRaw`
      UPDATE credentials SET lease_owner = NULL, lease_until = NULL, updated_at = now(),
        refresh_intent = CASE WHEN ${spent} THEN refresh_intent END
      WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${ref.accountId}::uuid
        AND connection_id = ${ref.connectionId}::uuid AND generation = ${ref.generation}
        AND lease_owner = ${owner}::uuid`,
  )
}

/**
 * Replaces the pair by the one that the provider just answered: compare-and-set on the generation, so that a holder
 * that stalled past its lease writes over nobody.
 * @returns whether it was written
 */
export async function replaceTokens(
  tenant: Tenant,
  state: CredentialState,
  tokens: Tokens,
  expiresInSeconds: number | null,
): Promise<boolean> {
  const next = { ...state, generation: state.generation + 1n }
  const { sealed, keyVersion } = sealTokens(await sealerOf(tenant), next, tokens)
  return forOrg(tenant, async (tx) => {
    const expiresAt = await expiryIn(tx, expiresInSeconds)
    const written = await tx.credentials.updateMany({
      where: {
        org_id: tenant.orgId,
        account_id: state.accountId,
        connection_id: state.connectionId,
        generation: state.generation,
      },
      data: {
        generation: next.generation,
        sealed,
        key_version: keyVersion,
        access_expires_at: expiresAt,
        refreshable: tokens.refreshToken !== null,
        refresh_intent: null,
        lease_owner: null,
        lease_until: null,
        updated_at: new Date(),
      },
    })
    return written.count === 1
  })
}
