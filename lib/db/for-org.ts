import type { Tenant } from '#lib/proof'
import { prisma, type Tx, withRetry } from './client.ts'

/**
 * Runs `work` in one transaction that sees one organization's rows only: the context is transaction-local, so a
 * pooled connection carries nothing over.
 * @param timeoutMs longest time that the transaction may stay open, in milliseconds; no HTTP call belongs in it
 * @throws AppError `unavailable` when the database cannot be reached
 * @see ARCHITECTURE.md "Data and isolation"
 */
export function forOrg<T>(tenant: Tenant, work: (tx: Tx) => Promise<T>, timeoutMs = 10_000): Promise<T> {
  return withRetry((committing) =>
    prisma().$transaction(
      async (tx) => {
        await tx.$executeRaw`SELECT set_config('app.org_id', ${tenant.orgId}, true)`
        const result = await work(tx)
        committing()
        return result
      },
      { timeout: timeoutMs, maxWait: 5_000 },
    ),
  )
}
