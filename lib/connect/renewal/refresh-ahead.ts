import type { Connector } from '#lib/connector-kit'
import { claimDueRefreshes, deployment, dueAuthConfigs, forOrg, lookupTenant } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { type AuthConfig, authConfigOf, refreshFacts } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { type CredentialRef, postponeRefresh, renewAhead } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { takeRefreshPermits } from './refresh-budget.ts'
import { refresherOf } from './refresher.ts'

// Renews access tokens before calls need them, and refresh tokens before they die of idleness. Every process may run
// this: a claim is one process's, a refresh is one lease's, and the provider's cap is shared by all.

const concurrentMax = 16
const idleMs = 1_000
const crowdedMs = 50
const failedMs = 10_000
/** A claim that its process did not live to use is free again after this. */
const claimSeconds = 90
/** Accounts that no one has used for this long are kept alive, not fresh. */
const unusedDays = 7

type AuthRef = Pick<AuthConfig, 'orgId' | 'id'>
const nap = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })

/**
 * Renews whatever is due until told to stop. Each auth config goes at its own pace: one with a long queue, or one that
 * fails, keeps no other waiting.
 * @returns a stop that waits for the renewals under way
 */
export function startRefreshAhead(deps: Deps): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const running = new Map<string, Promise<void>>()
  const start = (ref: AuthRef) => {
    if (running.has(ref.id)) return
    const one = refreshOf(deps, ref, signal)
      .catch((err: unknown) => {
        log.warn({ err, auth_config_id: publicId('auth_config', ref.id) }, 'refresh ahead paused')
        return nap(failedMs, signal)
      })
      .finally(() => running.delete(ref.id))
    running.set(ref.id, one)
  }
  const stopped = (async () => {
    while (!signal.aborted) {
      await dueAuthConfigs().then(
        (due) => due.forEach(start),
        (err: unknown) => log.warn({ err }, 'refresh ahead does not know what is due'),
      )
      await nap(idleMs * (0.5 + Math.random()), signal)
    }
    await Promise.all(running.values())
  })()
  return () => {
    stopping.abort()
    return stopped
  }
}

/** Renews what is due of one auth config, at the pace that its provider allows. */
async function refreshOf(deps: Deps, ref: AuthRef, signal: AbortSignal): Promise<void> {
  const owner = ref.orgId === deployment.orgId ? deployment : await lookupTenant(ref.orgId)
  if (!owner) return
  const auth = await authConfigOf(owner, ref)
  const connector = connectorOf(deps, auth.connector)
  const { refreshesPerSecondMax } = refreshFacts(connector)
  const running = new Set<Promise<void>>()
  try {
    while (!signal.aborted) {
      const wanted = concurrentMax - running.size
      const permits = wanted > 0 ? await takeRefreshPermits(owner, auth, wanted, refreshesPerSecondMax) : 0
      const claimed = permits > 0 ? await claimDueRefreshes(auth, permits, claimSeconds) : []
      if (permits > 0 && claimed.length === 0) break
      for (const { orgId, accountId } of claimed) {
        const one = refreshOne(deps, connector, auth, orgId, accountId).finally(() => running.delete(one))
        running.add(one)
      }
      if (running.size >= concurrentMax) await Promise.race(running)
      else if (claimed.length === 0) await nap(crowdedMs * (0.5 + Math.random()), signal)
    }
  } finally {
    await Promise.all(running)
  }
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
    if (later !== null) return await postponeRefresh(tenant, later.credential, later.seconds)
    await renewAhead(tenant, accountId, refresherOf(deps, tenant, connector, auth))
  } catch (err) {
    // What it came to is in the row already: a hold, or the end of the consent.
    if (!(err instanceof AppError)) log.warn({ err, connector: connector.id }, 'refresh ahead failed')
  }
}

type Later = { credential: CredentialRef; seconds: number | null }

/** When to look again at an account that needs no fresh token now; `null` for one that does, or has no credential. */
async function notWorthIt(tenant: Tenant, connector: Connector, accountId: string): Promise<Later | null> {
  const [row] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<
      {
        stopped: boolean
        unused: boolean
        idle_seconds: number
        connection_id: string
        generation: bigint
      }[]
    >`
      SELECT a.status NOT IN ('active', 'paused') AS stopped, c.connection_id, c.generation,
        greatest(a.last_used_at, a.created_at, a.updated_at) < now() - make_interval(days => ${unusedDays}) AS unused,
        extract(epoch FROM now() - coalesce(c.refreshed_at, c.created_at))::float8 AS idle_seconds
      FROM connected_accounts a JOIN credentials c ON c.org_id = a.org_id AND c.account_id = a.id
      WHERE a.org_id = ${tenant.orgId}::uuid AND a.id = ${accountId}::uuid`,
  )
  if (!row) return null
  const { connection_id: connectionId, generation } = row
  const credential = { accountId, connectionId, generation }
  if (row.stopped) return { credential, seconds: null }
  if (!row.unused) return null
  const { idleSeconds } = refreshFacts(connector)
  if (idleSeconds === null) return { credential, seconds: null }
  const left = idleSeconds / 2 - row.idle_seconds
  return left > 0 ? { credential, seconds: left } : null
}
