import { forOrg, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import type { Span } from './where.ts'

/**
 * At each of these moments, the number of the first event that is not before it. Numbers and times grow together, so each
 * is found by halving, some twenty looks into the key, however many events there are. The times that are known of a half
 * keep each look out of the months (partitions) that it cannot be in.
 */
export async function numbersAt(tx: Tx, tenant: Tenant, moments: readonly Date[]): Promise<bigint[]> {
  if (moments.length === 0) return []
  const rows = await tx.$queryRawUnsafe<{ n: number; at: bigint }[]>(
    `WITH RECURSIVE ends AS (
       SELECT coalesce((SELECT sequence FROM audit_events WHERE org_id = $1::uuid ORDER BY sequence LIMIT 1), 1) AS first,
         coalesce((SELECT sequence FROM audit_events WHERE org_id = $1::uuid ORDER BY sequence DESC LIMIT 1), 0) + 1 AS past),
     halves (n, moment, low, high, since, until) AS (
       SELECT m.n, m.moment, ends.first, ends.past, '-infinity'::timestamptz, 'infinity'::timestamptz FROM ends,
         unnest($2::timestamptz[]) WITH ORDINALITY AS m (moment, n)
       UNION ALL
       SELECT h.n, h.moment, CASE WHEN e.occurred_at < h.moment THEN e.sequence + 1 ELSE h.low END,
         CASE WHEN e.occurred_at < h.moment THEN h.high ELSE (h.low + h.high) / 2 END,
         CASE WHEN e.occurred_at < h.moment THEN e.occurred_at ELSE h.since END,
         CASE WHEN e.occurred_at < h.moment THEN h.until ELSE coalesce(e.occurred_at, h.until) END
       FROM halves h LEFT JOIN LATERAL (SELECT sequence, occurred_at FROM audit_events
         WHERE org_id = $1::uuid AND sequence >= (h.low + h.high) / 2 AND occurred_at >= h.since
           AND occurred_at <= h.until ORDER BY sequence LIMIT 1) e ON true
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
  const found = await numbersAt(
    tx,
    tenant,
    [since, until].flatMap((one) => (one === undefined ? [] : [new Date(one)])),
  )
  const all = await endsIn(tx, tenant)
  const from = since === undefined ? all.from : (found.shift() ?? all.from)
  return { from, to: until === undefined ? all.to : (found.shift() ?? all.to) }
}

/** The numbers of all that an organization has. */
async function endsIn(tx: Tx, tenant: Tenant): Promise<Span> {
  const at = { where: { org_id: tenant.orgId }, select: { sequence: true } } as const
  const oldest = await tx.audit_events.findFirst({ ...at, orderBy: { sequence: 'asc' } })
  const newest = await tx.audit_events.findFirst({ ...at, orderBy: { sequence: 'desc' } })
  return { from: oldest?.sequence ?? 1n, to: (newest?.sequence ?? 0n) + 1n }
}
