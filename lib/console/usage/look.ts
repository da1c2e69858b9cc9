import { forOrg, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'

/**
 * A transaction that reads for a picture. Groups are kept as tables in memory, and not in sorted runs on disk. One process
 * reads: starting more takes longer than most pictures do, and as a page asks for all of them at once, these would wait for
 * each other.
 */
export const look = <T>(tenant: Tenant, work: (tx: Tx) => Promise<T>): Promise<T> =>
  forOrg(tenant, async (tx) => {
    await tx.$executeRaw`SELECT set_config('work_mem', '32MB', true), set_config('max_parallel_workers_per_gather', '0', true)`
    return work(tx)
  })
