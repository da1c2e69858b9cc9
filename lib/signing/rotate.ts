import { deployment, forOrg, type Tx } from '#lib/db'
import { currentKeyIn, insertKeyIn, newKey } from './keys.ts'
import { currentSigner, forgetSigner } from './sign.ts'

/** Appends to the audit, in the transaction of the change: the composition root joins the two rooms. */
export type RecordRotation = (tx: Tx, facts: { kid: string; retired: string | null }) => Promise<void>

/**
 * A new signing key. The one before it signs nothing any more and its private part is destroyed; its public part stays
 * published. Other processes follow within a minute.
 * @param olderThanDays rotate only where the current key is that old, by the database's clock
 * @returns the new key's id, or `null` where the current one is younger
 */
export async function rotateSigningKey(record: RecordRotation, olderThanDays = 0): Promise<string | null> {
  if (olderThanDays > 0 && !(await forOrg(deployment, (tx) => isDueIn(tx, olderThanDays)))) return null
  for (;;) {
    // The new key vouches for all before it: of those only the key that signs now can tell.
    forgetSigner()
    const { kid: current, vouches } = await currentSigner()
    const key = await newKey([current, ...vouches])
    const outcome = await forOrg(deployment, async (tx) => {
      // Of two that rotate at once the second waits here, and where it goes by age finds a key that is young.
      await tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${deployment.orgId}::uuid FOR NO KEY UPDATE`
      if (olderThanDays > 0 && !(await isDueIn(tx, olderThanDays))) return 'young'
      const before = await currentKeyIn(tx)
      if (before?.kid !== current) return 'overtaken'
      await tx.$executeRaw`UPDATE signing_keys SET retired_at = now(), sealed_private = NULL, key_version = NULL
        WHERE org_id = ${deployment.orgId}::uuid AND retired_at IS NULL`
      await insertKeyIn(tx, key)
      await record(tx, { kid: key.kid, retired: current })
      return 'rotated'
    })
    forgetSigner()
    if (outcome !== 'overtaken') return outcome === 'rotated' ? key.kid : null
  }
}

async function isDueIn(tx: Tx, days: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ due: boolean }[]>`
    SELECT EXISTS (SELECT FROM signing_keys WHERE org_id = ${deployment.orgId}::uuid AND retired_at IS NULL
      AND created_at <= now() - make_interval(days => ${days}::int)) AS due`
  return row?.due ?? false
}
