import type { Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { coversAll, isForOne, takesTwo } from './request-schema.ts'

const forbidden = (detail: string) => new AppError('forbidden', { detail })

/** What is paused works again at a word, and is missed as well. */
async function activeIn(tx: Tx, tenant: Tenant): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM connected_accounts
    WHERE org_id = ${tenant.orgId}::uuid AND deleted_at IS NULL AND status IN ('active', 'paused')`
  return row?.count ?? 0
}

/**
 * Runs what stops accounts on the word of one person, and judges it by what it stopped: however that was chosen, and
 * whatever was connected since they looked.
 * @param filter what was chosen by, as the report keeps it
 * @throws AppError `forbidden`, which undoes it, where it takes a second person
 */
export async function byOneselfIn<Done>(
  tx: Tx,
  tenant: Tenant,
  filter: Readonly<Record<string, unknown>>,
  stop: () => Promise<Done>,
): Promise<Done> {
  if (coversAll(filter)) throw forbidden('This ends everything: it takes a second person.')
  if (isForOne(filter)) return stop()
  const active = await activeIn(tx, tenant)
  const done = await stop()
  const reached = active - (await activeIn(tx, tenant))
  if (takesTwo(filter, { reached, active }))
    throw forbidden(
      `This ends ${reached} of ${active} active or paused accounts: it takes a second person. Nothing was stopped.`,
    )
  return done
}
