// One process of the product, as a replica is: it shares nothing with its parent but the database and the provider,
// and does what its parent says.
// First: the runtime gathers every tool when it is loaded.
import './own-tools.ts'
import { flushCompileCache } from 'node:module'
import { disconnect, forOrg } from '#lib/db'
import { systemCaller } from '#lib/identity'
import { parseId } from '#lib/ids'
import { startWorker } from '#lib/jobs'
import { createLimitIn, liftStop, placeStop } from '#lib/limits'
import { limitInput } from '#lib/limits/schema'
import { metrics } from '#lib/log'
import { deploymentTenant, resolveTenant } from '#lib/tenancy'
import { replaySpool } from '#lib/vault'
import { checkReadiness, connect, connectors, crontab, jobs, keyRotation, toolNames } from '#runtime'
import { bootstrap } from '../bootstrap.ts'
import type { Answered, Asked, Commands, Name, Outcomes } from './commands.ts'
import { seed } from './product-accounts.ts'
import { callAll, execute, outcomeOf, over, repeat, writeFor } from './product-calls.ts'

const origin = { ip: null, userAgent: null, traceId: 'c'.repeat(32) }
const system = systemCaller('faults')
const by = { caller: system, actor: { type: 'system', id: 'faults' } }

// The histogram's buckets are too coarse for a p99: the harness wants every figure.
const windows: number[] = []
const observe = metrics.refreshCommitSeconds.observe.bind(metrics.refreshCommitSeconds)
Object.defineProperty(metrics.refreshCommitSeconds, 'observe', {
  value: (seconds: number) => {
    windows.push(seconds)
    observe(seconds)
  },
})

// What the practice provider allows us is a fact of its profile: the harness has it allow more, or less.
if (process.env.FAULTS_REFRESHES_PER_SECOND && connectors.sandbox)
  Object.assign(connectors.sandbox.auth, {
    refreshesPerSecondMax: Number(process.env.FAULTS_REFRESHES_PER_SECOND),
  })

async function renew(org: string, account: string): Promise<string> {
  const renewing = resolveTenant(system, org).then((tenant) =>
    connect.refresh(tenant, system, parseId('connected_account', account) ?? '', origin),
  )
  return outcomeOf(renewing, 'succeeded')
}

let stopRefreshAhead: (() => Promise<void>) | undefined

const does: { [K in Name]: (asks: Commands[K]['asks']) => Promise<Commands[K]['answers']> } = {
  bootstrap,
  seed,

  calls: callAll,

  async each({ work, accounts, org, workers, tool = 'sandbox.list_tasks', params = {} }) {
    const outcomes: Outcomes = {}
    const failed: Record<string, string> = {}
    await over(accounts, workers, async (account) => {
      const outcome =
        work === 'refresh'
          ? await renew(org, account)
          : await execute({ connected_account_id: account, tool_name: tool, params })
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      if (outcome !== 'succeeded') failed[account] = outcome
    })
    return { outcomes, failed }
  },

  async renewForever({ accounts, org, workers }) {
    let renewed = 0
    return new Promise<true>((inFullSwing) => {
      const run = async () => {
        for (;;) {
          await renew(org, accounts[Math.floor(Math.random() * accounts.length)] ?? '')
          if (++renewed === workers) inFullSwing(true)
        }
      }
      for (let worker = 0; worker < workers; worker++) void run()
    })
  },

  windows: async () => windows.splice(0),

  repeat,

  async sweep() {
    await jobs.sweep({} as never, AbortSignal.timeout(60_000))
    return true
  },

  async replaySpool() {
    await replaySpool()
    return true
  },

  async metric({ name, labels = {} }) {
    const series = (await metrics.registry.getSingleMetric(name)?.get())?.values ?? []
    const fits = (of: Record<string, string | number | undefined>) =>
      Object.entries(labels).every(([label, value]) => of[label] === value)
    return series.filter(({ labels: of }) => fits(of)).reduce((sum, { value }) => sum + value, 0)
  },

  writeFor,

  async refreshAhead({ on }) {
    await stopRefreshAhead?.()
    stopRefreshAhead = on ? connect.startRefreshAhead() : undefined
    return true
  },

  async readiness() {
    const started = performance.now()
    return { checks: await checkReadiness(), ms: performance.now() - started }
  },

  rss: async () => Math.round(process.memoryUsage().rss / 2 ** 20),

  async work() {
    await startWorker(jobs, crontab)
    return true
  },

  async rotateOrgKey({ org }) {
    await keyRotation.startReencrypt(await resolveTenant(system, org), { type: 'system', id: 'faults' })
    return true
  },

  async revoke({ account, org }) {
    const tenant = await resolveTenant(system, org)
    const uuid = parseId('connected_account', account) ?? ''
    return outcomeOf(connect.revoke(tenant, system, uuid, 'faults', origin), 'succeeded')
  },

  async revokeAll({ org }) {
    const started = performance.now()
    const { data } = await connect.revokeMany(system, { org_id: org, all: true, reason: 'faults' }, origin)
    const id = parseId('revocation', data[0]?.id ?? '') ?? ''
    return { id, stopped: data[0]?.accounts.stopped ?? 0, tookMs: performance.now() - started }
  },

  async placeStop({ org, subject }) {
    const tenant = org === null ? deploymentTenant(system) : await resolveTenant(system, org)
    const started = performance.now()
    const { id, in_flight } = await placeStop(
      tenant,
      { subject, reason: 'faults' },
      by,
      toolNames,
      async () => {},
    )
    return { id, answeredAt: Date.now(), tookMs: performance.now() - started, inFlight: in_flight }
  },

  async liftStop({ org, id }) {
    const tenant = org === null ? deploymentTenant(system) : await resolveTenant(system, org)
    await liftStop(tenant, parseId('stop', id) ?? '', null, by, async () => {})
    return true
  },

  async setLimit({ org, ...limit }) {
    const tenant = await resolveTenant(system, org)
    await forOrg(tenant, (tx) => createLimitIn(tx, tenant, limitInput.parse(limit), by, toolNames))
    return true
  },
}

const say = (message: Answered) => process.connected && process.send?.(message)

async function answer<K extends Name>(id: number, name: K, asks: Commands[K]['asks']): Promise<void> {
  try {
    say({ id, answer: await does[name](asks) })
  } catch (error) {
    say({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

process.on('message', ({ id, name, asks }: Asked) => void answer(id, name, asks))
process.on('disconnect', () => disconnect().finally(() => process.exit()))
void replaySpool()
// Whoever is killed writes no cache at its end, and a thousand starts are to be short.
flushCompileCache()
say({ id: 0, answer: 'ready' })
