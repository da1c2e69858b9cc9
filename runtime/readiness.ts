import { deployment, ping } from '#lib/db'
import { probeQueue } from '#lib/jobs'
import { log } from '#lib/log'
import { orgHmac, replaySpool } from '#lib/vault'

type Check = 'ok' | 'failing'

/** What this process needs to do its work, each looked at for real. */
export async function checkReadiness(): Promise<Record<'database' | 'keys' | 'jobs', Check>> {
  // A process of pages alone has no sweep: what it left on its disk when it ended comes in when it is asked for.
  void replaySpool()
  const outcome = (check: Promise<unknown>): Promise<Check> =>
    check.then(
      () => 'ok',
      (err: unknown) => {
        log.warn({ err }, 'not ready')
        return 'failing'
      },
    )
  const [database, keys, queue] = await Promise.all([
    outcome(ping()),
    outcome(orgHmac(deployment, 'readiness', 'probe')),
    outcome(probeQueue()),
  ])
  return { database, keys, jobs: queue }
}
