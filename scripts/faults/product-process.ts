// One process of the product, as a replica is: it shares nothing with its parent but the database and the provider,
// and does what its parent says.
import { flushCompileCache } from 'node:module'
import { executeInput } from '#lib/broker/schema'
import { disconnect, forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { systemCaller } from '#lib/identity'
import { newId, parseId, publicId } from '#lib/ids'
import { startWorker } from '#lib/jobs'
import { createLimitIn, liftStop, placeStop } from '#lib/limits'
import { limitInput } from '#lib/limits/schema'
import { metrics } from '#lib/log'
import { listAuthConfigs } from '#lib/oauth'
import { deploymentTenant, ensureOrg, resolveTenant } from '#lib/tenancy'
import { prepareOrgKeys, replaySpool, sealerOf, sealTokens } from '#lib/vault'
import { broker, connect, connectors, crontab, jobs, key, keyRotation, toolNames } from '#runtime'
import { bootstrap } from '../bootstrap.ts'
import type { Account, Answered, Asked, Commands, Name, Outcomes } from './commands.ts'

const origin = { ip: null, userAgent: null, traceId: 'c'.repeat(32) }
const system = systemCaller('faults')
const by = { caller: system, actor: { type: 'system', id: 'faults' } }
const root = () => key('manage')(new Headers({ authorization: `Bearer ${process.env.BEHALF_ROOT_KEY}` }))

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

/** `unavailable` says why, as the log does: overload and ciphertext that does not open are two things. */
function codeOf(error: unknown): string {
  if (!(error instanceof AppError)) return String(error)
  return error.code === 'unavailable' && error.internal ? `unavailable (${error.internal})` : error.code
}
const outcomeOf = (work: Promise<unknown>, done: string): Promise<string> => work.then(() => done, codeOf)

async function execute(input: Record<string, unknown>): Promise<string> {
  try {
    const caller = await root()
    const { status } = await broker.execute(
      caller,
      executeInput.parse(input),
      origin,
      AbortSignal.timeout(60_000),
    )
    return status
  } catch (error) {
    return codeOf(error)
  }
}

/** What a caller could tell two answers apart by. */
async function repeat({ account, key: name, count, workers }: Commands['repeat']['asks']): Promise<Outcomes> {
  const caller = await root()
  const outcomes: Outcomes = {}
  await over([...Array(count).keys()], workers, async () => {
    const input = {
      connected_account_id: account,
      tool_name: 'sandbox.create_task',
      params: { title: 'Once' },
    }
    const signal = AbortSignal.timeout(60_000)
    const answer = await broker.execute(caller, executeInput.parse(input), origin, signal, name).then(
      (told) =>
        'output' in told ? `succeeded ${told.execution_id} ${JSON.stringify(told.output)}` : told.status,
      (error: unknown) =>
        error instanceof AppError && error.facts.execution_id !== undefined
          ? `${error.facts.outcome ?? 'failed'} ${error.facts.execution_id}`
          : codeOf(error),
    )
    outcomes[answer] = (outcomes[answer] ?? 0) + 1
  })
  return outcomes
}

async function renew(org: string, account: string): Promise<string> {
  const renewing = resolveTenant(system, org).then((tenant) =>
    connect.refresh(tenant, system, parseId('connected_account', account) ?? '', origin),
  )
  return outcomeOf(renewing, 'succeeded')
}

/** Runs `work` over all of them, `workers` at a time. */
async function over<T>(all: readonly T[], workers: number, work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all].reverse()
  const run = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await work(next)
  }
  await Promise.all(Array.from({ length: workers }, run))
}

async function seed({ org, grants }: Commands['seed']['asks']): Promise<Account[]> {
  const tenant = await ensureOrg(system, org, prepareOrgKeys)
  const deployment = deploymentTenant(system)
  const [auth] = await listAuthConfigs(deployment, { connector: 'sandbox' }, null, 1)
  const authConfigId = parseId('auth_config', auth?.id ?? '') ?? ''
  const sealer = await sealerOf(tenant)
  const now = new Date()
  const scopes = ['tasks:read', 'tasks:write', 'projects:read', 'tasks:delete']
  const made = grants.map((grant) => {
    const ids = { user: newId(), account: newId(), connection: newId() }
    const ref = { accountId: ids.account, connectionId: ids.connection, generation: 1n }
    const tokens = { accessToken: grant.access_token, refreshToken: grant.refresh_token }
    return { ...ids, grant: grant.grant, sealed: sealTokens(sealer, ref, tokens) }
  })
  const at = { org_id: tenant.orgId }
  await forOrg(
    tenant,
    async (tx) => {
      await tx.end_users.createMany({
        data: made.map(({ user }) => ({ ...at, id: user, external_id: user, groups: [] })),
      })
      await tx.connected_accounts.createMany({
        data: made.map(({ user, account, connection }) => ({
          ...at,
          id: account,
          user_id: user,
          connector: 'sandbox',
          auth_config_org_id: deployment.orgId,
          auth_config_id: authConfigId,
          status: 'active',
          provider_account_id: 'usr_ana',
          label: 'ana@acme.test',
          current_connection_id: connection,
          credential_generation: 1n,
        })),
      })
      await tx.connections.createMany({
        data: made.map(({ user, account, connection }) => ({
          ...at,
          id: connection,
          account_id: account,
          user_id: user,
          provider_account_id: 'usr_ana',
          scopes_requested: scopes,
          scopes_refused: [],
          scopes_granted: scopes,
          grantee_product: true,
          locale: 'en',
          consent_text: 'as agreed',
          consent_hash: 'as agreed',
          consented_by: {},
          consented_at: now,
        })),
      })
      await tx.credential_keys.createMany({
        data: made.map(({ account, sealed }) => ({
          ...at,
          account_id: account,
          generation: 1n,
          key: sealed.key,
        })),
      })
      await tx.credentials.createMany({
        data: made.map(({ account, connection, sealed }) => ({
          ...at,
          account_id: account,
          connection_id: connection,
          generation: 1n,
          key_version: sealed.keyVersion,
          sealed: sealed.sealed,
          access_expires_at: new Date(now.getTime() + 300_000),
          access_ttl: 300,
          refreshable: true,
          refreshed_at: now,
        })),
      })
    },
    60_000,
  )
  return made.map(({ account, grant }) => ({
    id: publicId('connected_account', account),
    uuid: account,
    org,
    grant,
  }))
}

let stopRefreshAhead: (() => Promise<void>) | undefined

const does: { [K in Name]: (asks: Commands[K]['asks']) => Promise<Commands[K]['answers']> } = {
  bootstrap,
  seed,
  execute: ({ input }) => execute(input),

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

  async writeFor({ account, workers, seconds, prefix }) {
    const until = performance.now() + seconds * 1_000
    const acknowledged: string[] = []
    const outcomes: Outcomes = {}
    let slowestMs = 0
    let count = 0
    const write = async () => {
      while (performance.now() < until) {
        const title = `${prefix}-${++count}`
        const started = performance.now()
        const input = { connected_account_id: account, tool_name: 'sandbox.create_task', params: { title } }
        const outcome = await execute(input)
        slowestMs = Math.max(slowestMs, performance.now() - started)
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
        if (outcome === 'succeeded') acknowledged.push(title)
      }
    }
    await Promise.all(Array.from({ length: workers }, write))
    return { acknowledged, outcomes, slowestMs }
  },

  async refreshAhead({ on }) {
    await stopRefreshAhead?.()
    stopRefreshAhead = on ? connect.startRefreshAhead() : undefined
    return true
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
