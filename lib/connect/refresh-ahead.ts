import type { Connector } from '#lib/connector-kit'
import { claimDueRefreshes, deployment, dueAuthConfigs, forOrg, lookupTenant } from '#lib/db'
import { AppError } from '#lib/errors'
import { log } from '#lib/log'
import { type AuthConfig, authConfigOf, refreshFacts } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { postponeRefresh, renewAhead } from '#lib/vault'
import { connectorOf, type Deps } from './context.ts'
import { takeRefreshPermits } from './refresh-budget.ts'
import { refresherOf } from './refresher.ts'

// Renews access tokens before calls need them, and refresh tokens before they die of idleness. Every process may run
// this: a claim is one process's, a refresh is one lease's, and the provider's cap is shared by all.

const concurrentMax = 16
const idleMs = 1_000
const crowdedMs = 50
/** A claim that its process did not live to use is free again after this. */
const claimSeconds = 90
/** Accounts that no one has used for this long are kept alive, not fresh. */
const unusedDays = 7

type AuthRef = Pick<AuthConfig, 'orgId' | 'id'>
const nap = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })

/** Renews whatever is due until told to stop. @returns a stop that waits for the renewals under way */
export function startRefreshAhead(deps: Deps): () => Promise<void> {
  const stopping = new AbortController()
  const stopped = (async () => {
    while (!stopping.signal.aborted) {
      const renewed = await refreshDue(deps, stopping.signal).catch((err: unknown) => {
        log.warn({ err }, 'refresh ahead paused')
        return 0
      })
      if (renewed === 0) await nap(idleMs * (0.5 + Math.random()), stopping.signal)
    }
  })()
  return () => {
    stopping.abort()
    return stopped
  }
}

/** Renews all that is due now, at the pace that each provider allows. @returns how many were tried */
export async function refreshDue(deps: Deps, signal: AbortSignal): Promise<number> {
  const counts = await Promise.all((await dueAuthConfigs()).map((auth) => refreshOf(deps, auth, signal)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function refreshOf(deps: Deps, ref: AuthRef, signal: AbortSignal): Promise<number> {
  const owner = ref.orgId === deployment.orgId ? deployment : await lookupTenant(ref.orgId)
  if (!owner) return 0
  const auth = await authConfigOf(owner, ref)
  const connector = connectorOf(deps, auth.connector)
  const { refreshesPerSecondMax } = refreshFacts(connector)
  const running = new Set<Promise<void>>()
  let tried = 0
  while (!signal.aborted) {
    const wanted = concurrentMax - running.size
    const permits = wanted > 0 ? await takeRefreshPermits(owner, auth, wanted, refreshesPerSecondMax) : 0
    const claimed = permits > 0 ? await claimDueRefreshes(auth, permits, claimSeconds) : []
    if (permits > 0 && claimed.length === 0) break
    for (const { orgId, accountId } of claimed) {
      const one = refreshOne(deps, connector, auth, orgId, accountId).finally(() => running.delete(one))
      running.add(one)
    }
    tried += claimed.length
    if (running.size >= concurrentMax) await Promise.race(running)
    else if (claimed.length === 0) await nap(crowdedMs * (0.5 + Math.random()), signal)
  }
  await Promise.all(running)
  return tried
}

async function refreshOne(
  deps: Deps,
  connector: Connector,
  auth: AuthConfig,
  orgId: string,
  accountId: string,
): Promise<void> {
  try {
    const tenant = await lookupTenant(orgId)
    if (!tenant) return
    const later = await notWorthIt(tenant, connector, accountId)
    if (later !== null) return await postponeRefresh(tenant, accountId, later.seconds)
    await renewAhead(tenant, accountId, refresherOf(deps, tenant, connector, auth))
  } catch (err) {
    // What it came to is in the row already: a hold, or the end of the consent.
    if (!(err instanceof AppError)) log.warn({ err, connector: connector.id }, 'refresh ahead failed')
  }
}

/** When to look again at an account that needs no fresh token now; `null` for one that does. */
async function notWorthIt(
  tenant: Tenant,
  connector: Connector,
  accountId: string,
): Promise<{ seconds: number | null } | null> {
  const [row] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ stopped: boolean; unused: boolean; idle_seconds: number }[]>`
      SELECT a.status NOT IN ('active', 'paused') AS stopped,
        greatest(a.last_used_at, a.created_at, a.updated_at) < now() - make_interval(days => ${unusedDays}) AS unused,
        extract(epoch FROM now() - coalesce(c.refreshed_at, c.created_at))::float8 AS idle_seconds
      FROM connected_accounts a JOIN credentials c ON c.org_id = a.org_id AND c.account_id = a.id
      WHERE a.org_id = ${tenant.orgId}::uuid AND a.id = ${accountId}::uuid`,
  )
  if (!row || row.stopped) return { seconds: null }
  if (!row.unused) return null
  const { idleSeconds } = refreshFacts(connector)
  if (idleSeconds === null) return { seconds: null }
  const left = idleSeconds / 2 - row.idle_seconds
  return left > 0 ? { seconds: left } : null
}
