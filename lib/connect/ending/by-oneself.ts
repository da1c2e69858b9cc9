import { countActiveIn } from '#lib/console'
import type { Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { coversAll, isForOne, takesTwo } from './request-schema.ts'

const forbidden = (detail: string) => new AppError('forbidden', { detail })

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
  const active = await countActiveIn(tx, tenant)
  const done = await stop()
  const reached = active - (await countActiveIn(tx, tenant))
  if (takesTwo(filter, { reached, active }))
    throw forbidden(
      `This ends ${reached} of ${active} active or paused accounts: it takes a second person. Nothing was stopped.`,
    )
  return done
}
