import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'

// Of two imports of the same tokens at once only one may ask the provider: a refresh token that rotates is good for one
// renewal. The claim is a row, so that no transaction is held across HTTP, and its state outlives the process.

/** Two calls of the provider at their deadlines, and the commit. */
const claimSeconds = 120
const place = { caller: 'import', route: 'connected_accounts' }

export type Claim = {
  /** Whether an earlier import of the same tokens asked for a renewal and never came to its end. */
  interrupted: boolean
  /** Records, before it is asked for, that the given refresh token may be spent from here on. */
  renewing: () => Promise<void>
  release: () => Promise<void>
}

/**
 * Claims the import of these tokens for this process.
 * @param token what `tokenMark` made of them
 * @throws AppError `idempotency_in_progress` while another holds it
 */
export async function claimImport(tenant: Tenant, token: string): Promise<Claim> {
  const at = { org_id: tenant.orgId, ...place, key: token }
  const interrupted = await forOrg(tenant, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO idempotency_keys (org_id, caller, route, key, fingerprint, status, expires_at)
      VALUES (${tenant.orgId}::uuid, ${place.caller}, ${place.route}, ${token}, ''::bytea, 'free', '-infinity')
      ON CONFLICT DO NOTHING`
    const [before] = await tx.$queryRaw<{ status: string; held: boolean }[]>`
      SELECT status, expires_at > now() AS held FROM idempotency_keys
      WHERE org_id = ${tenant.orgId}::uuid AND caller = ${place.caller} AND route = ${place.route} AND key = ${token}
      FOR UPDATE`
    if (!before || before.held) {
      throw new AppError('idempotency_in_progress', {
        detail: 'These tokens are being imported at this moment.',
        retry_after_seconds: 5,
      })
    }
    await tx.$executeRaw`
      UPDATE idempotency_keys SET status = 'running', expires_at = now() + make_interval(secs => ${claimSeconds})
      WHERE org_id = ${tenant.orgId}::uuid AND caller = ${place.caller} AND route = ${place.route} AND key = ${token}`
    return before.status === 'renewing'
  })
  return {
    interrupted,
    renewing: async () => {
      await forOrg(tenant, (tx) =>
        tx.idempotency_keys.updateMany({ where: at, data: { status: 'renewing' } }),
      )
    },
    release: async () => {
      await forOrg(tenant, (tx) => tx.idempotency_keys.deleteMany({ where: at }))
    },
  }
}
