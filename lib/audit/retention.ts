import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, publicId } from '#lib/ids'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { signer } from '#lib/signing'
import { encodeHead, floorType } from './checkpoints/head.ts'
import { appendAudit, type Row } from './event.ts'
import { provenOld } from './proven.ts'
import { chainOf } from './rows.ts'
import type { LegalHold } from './schema.ts'
import type { Position } from './walk.ts'

const by = { type: 'system', id: 'retention' }

/** How many events one transaction lets go of. */
const batchEvents = 5_000

/**
 * Before which moment an organization's events may go; `null` where a hold stands or nothing is due. Only the oldest
 * event is looked at.
 */
async function dueIn(tx: Tx, tenant: Tenant, fallbackDays: number | null): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ before: Date }[]>`
    SELECT now() - make_interval(days => greatest(d.days, 30)) AS before FROM organizations o,
      LATERAL (SELECT coalesce((o.settings ->> 'audit_retention_days')::int, ${fallbackDays}::int) AS days) d,
      LATERAL (SELECT a.sequence, a.occurred_at FROM audit_events a WHERE a.org_id = o.id
        ORDER BY a.sequence LIMIT 1) e
    WHERE o.id = ${tenant.orgId}::uuid AND d.days IS NOT NULL
      AND NOT EXISTS (SELECT FROM legal_holds h WHERE h.org_id = o.id AND h.lifted_at IS NULL)
      AND e.occurred_at < now() - make_interval(days => greatest(d.days, 30))
      AND e.sequence <= (SELECT max(c.sequence) FROM audit_checkpoints c WHERE c.org_id = o.id)`
  return row?.before ?? null
}

/**
 * Lets go of events that are older than the organization keeps them. What is left is verified from a signed statement
 * of where it begins: so what goes is verified first, up to a signed head, and signed away as it was found then. The
 * database refuses what is younger than 30 days, held, or not covered by a signed head.
 * @param fallbackDays where the organization has set nothing; `null` keeps events for ever
 * @returns how many events went
 * @throws Error that says what does not fit, where the oldest events are not those that were written
 */
export async function retainAudit(
  tenant: Tenant,
  fallbackDays: number | null,
  signal?: AbortSignal,
): Promise<number> {
  let gone = 0
  const before = await forOrg(tenant, (tx) => dueIn(tx, tenant, fallbackDays))
  if (!before) return gone
  const { sign } = await signer()
  for (const due of await provenOld(tenant, before, batchEvents, signal)) {
    if (signal?.aborted) break
    const statement = await sign(
      floorType,
      encodeHead({
        v: 1,
        chain: chainOf(tenant),
        org_id: tenant.externalId,
        sequence: Number(due.sequence),
        hash: due.hash,
        at: new Date().toISOString(),
        prev: null,
      }),
    )
    const went = await forOrg(tenant, (tx) => letGoIn(tx, tenant, due, statement), 60_000)
    if (went === null) break
    gone += went
  }
  return gone
}

async function letGoIn(tx: Tx, tenant: Tenant, due: Position, statement: string): Promise<number | null> {
  const oldest: Pick<Row, 'sequence' | 'occurred_at'> | null = await tx.audit_events.findFirst({
    where: { org_id: tenant.orgId },
    orderBy: { sequence: 'asc' },
    select: { sequence: true, occurred_at: true },
  })
  // Another process did it meanwhile.
  if (!oldest || oldest.sequence > due.sequence) return null
  const [done] = await tx.$queryRaw<{ gone: bigint }[]>`
    SELECT audit_retain(${due.sequence}::bigint, ${due.hash}, ${statement}) AS gone`
  const gone = Number(done?.gone ?? 0)
  await appendAudit(tx, tenant, {
    action: 'audit.retained',
    outcome: 'allowed',
    actor: by,
    details: {
      from: Number(oldest.sequence),
      through: Number(due.sequence),
      events: gone,
      oldest: oldest.occurred_at.toISOString(),
      hash: due.hash,
    },
  })
  return gone
}

/** As `retainAudit`, for a sweep: what one organization's audit objects to holds up no other. */
export const retainQuietly = async (
  tenant: Tenant,
  fallbackDays: number | null,
  signal?: AbortSignal,
): Promise<number> =>
  retainAudit(tenant, fallbackDays, signal).catch((err: unknown) => {
    log.error({ err, chain: chainOf(tenant) }, 'retention failed')
    return 0
  })

type HoldRow = Awaited<ReturnType<Tx['legal_holds']['findFirstOrThrow']>>

const viewHold = (row: HoldRow): LegalHold => ({
  id: publicId('legal_hold', row.id),
  reason: row.reason,
  placed_by: row.placed_by as LegalHold['placed_by'],
  placed_at: row.placed_at.toISOString(),
  lifted_by: row.lifted_by as LegalHold['lifted_by'],
  lifted_at: row.lifted_at?.toISOString() ?? null,
})

/** Keeps an organization's whole audit until it is lifted; retention that runs at this moment ends first. */
export async function placeHoldIn(
  tx: Tx,
  tenant: Tenant,
  reason: string,
  placedBy: { type: string; id: string },
): Promise<LegalHold> {
  await tx.$queryRaw`
    SELECT pg_advisory_xact_lock(hashtextextended('audit retention ' || ${tenant.orgId}::uuid, 0))::text`
  return viewHold(
    await tx.legal_holds.create({
      data: { org_id: tenant.orgId, id: newId(), reason, placed_by: placedBy },
    }),
  )
}

/** Lifts a hold; another one may still stand. @throws AppError `not_found`; `conflict` for one that was lifted */
export async function liftHoldIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  liftedBy: { type: string; id: string },
): Promise<void> {
  const at = { org_id: tenant.orgId, id }
  const { count } = await tx.legal_holds.updateMany({
    where: { ...at, lifted_at: null },
    data: { lifted_by: liftedBy, lifted_at: new Date() },
  })
  if (count === 1) return
  if (await tx.legal_holds.findFirst({ where: at }))
    throw new AppError('conflict', { detail: 'This hold was lifted before.' })
  throw new AppError('not_found')
}

/** An organization's holds, newest first, lifted ones too. */
export const listHolds = (tenant: Tenant): Promise<LegalHold[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.legal_holds.findMany({
      where: { org_id: tenant.orgId },
      orderBy: { id: 'desc' },
      take: 1_000,
    })
    return rows.map(viewHold)
  })
