import { forOrg, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { Span } from './where.ts'

/**
 * At each of these moments, the number of the first event that is not before it. Numbers and times grow together, so each
 * is found by halving, some twenty looks into the key, however many events there are.
 */
export async function numbersAt(tx: Tx, tenant: Tenant, moments: readonly Date[]): Promise<bigint[]> {
  if (moments.length === 0) return []
  const rows = await tx.$queryRawUnsafe<{ n: number; at: bigint }[]>(
    `WITH RECURSIVE ends AS (
       SELECT coalesce((SELECT sequence FROM audit_events WHERE org_id = $1::uuid ORDER BY sequence LIMIT 1), 1) AS first,
         coalesce((SELECT sequence FROM audit_events WHERE org_id = $1::uuid ORDER BY sequence DESC LIMIT 1), 0) + 1 AS past),
     halves (n, moment, low, high) AS (
       SELECT m.n, m.moment, ends.first, ends.past FROM ends,
         unnest($2::timestamptz[]) WITH ORDINALITY AS m (moment, n)
       UNION ALL
       SELECT h.n, h.moment, CASE WHEN e.occurred_at < h.moment THEN e.sequence + 1 ELSE h.low END,
         CASE WHEN e.occurred_at < h.moment THEN h.high ELSE (h.low + h.high) / 2 END
       FROM halves h CROSS JOIN LATERAL (SELECT sequence, occurred_at FROM audit_events
         WHERE org_id = $1::uuid AND sequence >= (h.low + h.high) / 2 ORDER BY sequence LIMIT 1) e
       WHERE h.low < h.high)
     SELECT n::int, low AS at FROM halves WHERE low >= high ORDER BY n`,
    tenant.orgId,
    moments,
  )
  return rows.map(({ at }) => at)
}

/** The numbers of an organization's events from one moment until another, in a transaction of their own. */
export const spanOf = (
  tenant: Tenant,
  given: { since?: string | undefined; until?: string | undefined },
): Promise<Span> => forOrg(tenant, (tx) => spanIn(tx, tenant, given))

export async function spanIn(
  tx: Tx,
  tenant: Tenant,
  { since, until }: { since?: string | undefined; until?: string | undefined },
): Promise<Span> {
  const [from, to] = await numbersAt(tx, tenant, [
    since === undefined ? new Date(0) : new Date(since),
    until === undefined ? new Date(8.64e15 / 1_000) : new Date(until),
  ])
  return { from: from ?? 1n, to: to ?? 1n }
}
