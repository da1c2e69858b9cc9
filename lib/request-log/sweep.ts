import { forOrg } from '#lib/db'
import { leastIdAt } from '#lib/ids'
import type { Tenant } from '#lib/proof'

/** Days that a request is listed for. */
export const requestDaysKept = 7
const rowsAtOnce = 10_000

/** Forgets requests that are older than is kept, some at a time. @returns how many */
export async function sweepRequestLog(tenant: Tenant, now = Date.now()): Promise<number> {
  const before = leastIdAt(new Date(now - requestDaysKept * 86_400_000))
  for (let all = 0; ; ) {
    const gone = await forOrg(
      tenant,
      (tx) => tx.$executeRaw`DELETE FROM request_log WHERE org_id = ${tenant.orgId}::uuid AND id IN (
        SELECT id FROM request_log WHERE org_id = ${tenant.orgId}::uuid AND id < ${before}::uuid
        ORDER BY id LIMIT ${rowsAtOnce})`,
    )
    all += gone
    if (gone < rowsAtOnce) return all
  }
}
