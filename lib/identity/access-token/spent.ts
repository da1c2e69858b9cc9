import { createHash } from 'node:crypto'
import { forOrg, sqlForOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'

const spend = {
  name: 'used_proofs_insert',
  text: `INSERT INTO used_proofs (org_id, kind, digest, expires_at)
    VALUES ($1::uuid, $2, $3, to_timestamp($4::double precision)) ON CONFLICT DO NOTHING RETURNING kind`,
}

/**
 * Uses up what is good once, over all processes.
 * @param parts whose it is, and its `jti`
 * @param expiresAt from when its own time refuses it, in seconds since 1970
 * @returns whether it had not been used before
 */
export async function spendOnce(
  tenant: Tenant,
  kind: 'dpop' | 'user_assertion',
  parts: readonly string[],
  expiresAt: number,
): Promise<boolean> {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  const spent = await sqlForOrg(tenant, (sql) =>
    sql(spend, [tenant.orgId, kind, digest, expiresAt], { last: true }),
  )
  return spent.length === 1
}

/** Forgets what its own time refuses by now. */
export const sweepProofs = (tenant: Tenant): Promise<unknown> =>
  forOrg(
    tenant,
    (tx) =>
      tx.$executeRaw`DELETE FROM used_proofs WHERE org_id = ${tenant.orgId}::uuid
        AND expires_at < now() - interval '10 minutes'`,
  )
