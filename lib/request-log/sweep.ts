import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'

/** Days that a request is listed for. */
export const requestDaysKept = 7
const rowsAtOnce = 10_000

/** Forgets requests that are older than is kept, some at a time. @returns how many */
export async function sweepRequestLog(tenant: Tenant, now = Date.now()): Promise<number> {
  const hex = (now - requestDaysKept * 86_400_000).toString(16).padStart(12, '0')
  const before = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
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
