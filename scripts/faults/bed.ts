// Everything that the scenarios break: a Postgres, a provider, and as many processes of the product as one likes.
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../postgres.ts'
import { throwawayFolder } from '../testing/throwaway.ts'
import { type Books, balance, fatesOf } from './accounts.ts'
import { startCluster } from './cluster.ts'
import type { Account } from './commands.ts'
import { type Product, startProduct } from './product.ts'
import { startProvider } from './provider.ts'
import { until } from './scenario.ts'

type ProductOptions = { env?: Record<string, string>; clockSeconds?: number }

/** A lease that nobody gets to keep, for `--planted`: whoever looks finds it free. */
const dropLeases = `
  CREATE OR REPLACE FUNCTION faults_drop_lease() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.lease_until := NULL; NEW.refresh_intent := NULL; RETURN NEW; END $$;
  CREATE OR REPLACE TRIGGER faults_drop_lease BEFORE UPDATE ON credentials FOR EACH ROW EXECUTE FUNCTION faults_drop_lease()`

export type Bed = Awaited<ReturnType<typeof makeBed>>

const onPort = async () => (await freePort(0)) ?? 0

/** Starts it all; whatever it started is ended by `stop`, also when the start itself fails half-way. */
/** @param planted whether each scenario is to break itself, so that its verdict must be bad */
export async function makeBed(planted: boolean) {
  const folder = throwawayFolder('behalf-faults-')
  const ends: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => console.error(error))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    return { ...(await start(folder, ends, planted)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(folder: string, ends: (() => Promise<unknown>)[], planted: boolean) {
  const postgresFolder = join(folder, 'postgres')
  mkdirSync(postgresFolder, { mode: 0o711 })
  const cluster = await startCluster(postgresFolder)
  ends.push(() => cluster.stop())
  const port = await onPort()
  const provider = await startProvider(port, folder)
  ends.push(() => provider.stop())

  const env = {
    DATABASE_URL: cluster.url,
    BEHALF_MASTER_KEY: randomBytes(32).toString('base64'),
    BEHALF_SESSION_SECRET: randomBytes(32).toString('base64url'),
    BEHALF_ROOT_KEY: `bhf_sk_${randomBytes(32).toString('base64url')}`,
    PORT: '3999',
    BEHALF_SANDBOX: 'on',
    BEHALF_SANDBOX_PORT: String(port),
    BEHALF_SANDBOX_CLIENT_SECRET: randomBytes(24).toString('base64url'),
    BEHALF_REFRESH_LEASE_SECONDS: '6',
    // Thousands of calls on one account are what some of the scenarios are about.
    BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE: 'off',
  }

  const running = new Set<Product>()
  ends.push(() => Promise.all([...running].map((product) => product.kill())))
  const startOne = async (name: string, { env: more = {}, clockSeconds }: ProductOptions = {}) => {
    const options = { name, folder, env: { ...env, ...more }, ...(clockSeconds && { clockSeconds }) }
    const product = await startProduct(options)
    running.add(product)
    void product.ended.then(() => running.delete(product))
    return product
  }

  let crew: Product[] = []
  const bed = {
    folder,
    cluster,
    provider,
    env,
    planted,

    /** One more process, for a scenario that kills it or needs it otherwise. */
    product: startOne,

    /** Processes that the scenarios share; a scenario that ends one of them is a guest who breaks the glasses. */
    async crewOf(count: number): Promise<Product[]> {
      crew = crew.filter((product) => running.has(product))
      const missing = Array.from({ length: Math.max(0, count - crew.length) }, (_, index) =>
        startOne(`crew-${crew.length + index + 1}`),
      )
      crew = [...crew, ...(await Promise.all(missing))]
      return crew.slice(0, count)
    },

    /** Ends all of them but the first, so that no scenario runs on what another left. */
    async dismiss(): Promise<void> {
      await Promise.all(crew.splice(1).map((product) => product.kill()))
    },

    /** Plants: no lease holds from here on, until it is taken back. */
    dropLeases: () => cluster.sql(dropLeases),
    keepLeases: () => cluster.sql('DROP TRIGGER IF EXISTS faults_drop_lease ON credentials'),

    /** So that what one scenario made a provider refuse is no wave in the next. */
    forgetOutcomes: () =>
      cluster.sql('WITH gone AS (DELETE FROM refresh_outcomes) DELETE FROM provider_incidents'),

    /** Accounts in good standing, each on a grant of its own. @param clientId whose grants they are, when not ours */
    async accounts(org: string, count: number, user = 'ana', clientId?: string): Promise<Account[]> {
      const [clerk] = await bed.crewOf(1)
      const made: Account[] = []
      for (let left = count; left > 0; left -= 1000) {
        const grants = await provider.mint(Math.min(left, 1000), user, clientId)
        made.push(...((await clerk?.ask('seed', { org, grants })) ?? []))
      }
      return made
    },

    /** Lets their access tokens run out, on the database's clock. */
    expire: (accounts: readonly Account[], how = `now() - interval '1 second'`) =>
      cluster.sql(
        `UPDATE credentials SET access_expires_at = ${how}, refresh_due_at = NULL, hold_until = NULL
         WHERE account_id = ANY($1::uuid[])`,
        [accounts.map(({ uuid }) => uuid)],
      ),

    fates: async (accounts: readonly Account[]) => fatesOf(cluster, accounts, await provider.redemptions()),

    /** Has `product` look after every refresh whose end is open, until none is. */
    async settle(product: Product, accounts: readonly Account[], secondsMax = 60): Promise<void> {
      await until(
        'every open refresh to be settled',
        async () => {
          const open = (await bed.fates(accounts))
            .filter((fate) => fate.open)
            .map(({ account }) => account.id)
          if (open.length === 0) return true
          const org = accounts[0]?.org ?? ''
          await product.ask('each', { work: 'refresh', accounts: open, org, workers: 8 })
          return false
        },
        secondsMax,
      )
    },

    /**
     * Whether what is stored for each is the provider's newest pair: only that can be renewed once more.
     * @returns the accounts for which it is not
     */
    async renewOnceMore(product: Product, accounts: readonly Account[]): Promise<Record<string, string>> {
      const org = accounts[0]?.org ?? ''
      const ids = accounts.map(({ id }) => id)
      return (await product.ask('each', { work: 'refresh', accounts: ids, org, workers: 8 })).failed
    },

    books: async (accounts: readonly Account[]): Promise<Books> => balance(await bed.fates(accounts)),
  }

  const [first] = await bed.crewOf(1)
  const made = await first?.ask('bootstrap', {})
  for (const client of made?.sandboxClients ?? []) await provider.register(client)
  return bed
}
