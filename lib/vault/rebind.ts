import { randomUUID } from 'node:crypto'
import { config } from '#lib/config'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { nextGenerationIn, readCredential, sealTokens, shredGenerationsIn, withTokens } from './credential.ts'
import { type Lease, releaseLease, takeLease } from './lease.ts'
import { sealerOf } from './seal.ts'

const busy = (internal: string) =>
  new AppError(
    'unavailable',
    { detail: 'The access is being renewed at this moment. Try again.', retry_after_seconds: 2 },
    { internal },
  )

const triesMax = 60
const pauseMs = 100

/** The lease of a refresh: while it is held nobody else asks the provider for a new pair, whose answer would be lost. */
async function leaseOf(tenant: Tenant, accountId: string, owner: string): Promise<Lease> {
  for (let tries = 0; tries < triesMax; tries++) {
    const state = await readCredential(tenant, accountId)
    const lease = await takeLease(tenant, state, owner, config().refreshLeaseSeconds)
    if (lease?.intentSeconds === null) return lease
    if (lease) {
      // Somebody asked and never wrote down what came: what is here may be spent, and the answer may still come in.
      await releaseLease(tenant, lease.state, owner, { spent: 'perhaps', hold: null })
      throw busy('rebind: an answer may still come')
    }
    await new Promise((wake) => setTimeout(wake, pauseMs * (0.5 + Math.random())))
  }
  throw busy('rebind: the lease was never free')
}

/**
 * Puts an account's credential under another consent of the same account: the same tokens, sealed anew, because what is
 * sealed is bound to its consent. The consent is written in the same transaction.
 * @param consentIn writes the consent that takes over, and answers its id
 * @throws AppError `reauthorization_required` when there is no credential; `unavailable` while it is being renewed;
 *   whatever `consentIn` throws, and nothing has happened then
 */
export async function rebindCredential(
  tenant: Tenant,
  accountId: string,
  consentIn: (tx: Tx) => Promise<string>,
): Promise<string> {
  const seal = await sealerOf(tenant)
  const owner = randomUUID()
  const { state } = await leaseOf(tenant, accountId, owner)
  const { connectionId: from, generation: replaced } = state
  try {
    return await withTokens(tenant, state, state.key, (tokens) =>
      forOrg(tenant, async (tx) => {
        const connectionId = await consentIn(tx)
        const generation = await nextGenerationIn(tx, tenant, accountId)
        const { sealed, keyVersion, key } = sealTokens(seal, { accountId, connectionId, generation }, tokens)
        await tx.credential_keys.create({
          data: { org_id: tenant.orgId, account_id: accountId, generation, key },
        })
        const moved = await tx.$executeRaw`
          UPDATE credentials SET connection_id = ${connectionId}::uuid, generation = ${generation}, sealed = ${sealed},
            key_version = ${keyVersion}, refresh_intent = NULL, refresh_intent_at = NULL, lease_owner = NULL,
            lease_until = NULL, updated_at = now()
          WHERE org_id = ${tenant.orgId}::uuid AND account_id = ${accountId}::uuid AND connection_id = ${from}::uuid
            AND generation = ${replaced} AND lease_owner = ${owner} AND dead_at IS NULL`
        if (moved !== 1) throw busy('rebind: overtaken')
        await shredGenerationsIn(tx, tenant, accountId)
        return connectionId
      }),
    )
  } catch (error) {
    await releaseLease(tenant, state, owner, { spent: 'no', hold: null })
    throw error
  }
}
