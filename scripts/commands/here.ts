// The instance that the environment describes, found the way `npm start` finds it: the operator's own database, or
// the embedded one, which is started for the time of a command when no instance is running on it.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { disconnect, type Tx } from '#lib/db'
import { systemCaller } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { audited } from '#runtime'
import { readSetup, type Setup } from '../environment.ts'
import { root } from '../install.mjs'
import { pendingMigrations } from '../migrate.ts'
import { type Postgres, startPostgres } from '../postgres.ts'

export type Env = Record<string, string | undefined>

/** The operator at the command line; the audit calls it `system/cli`. */
export const operator = systemCaller('cli')

/** Appends what the operator did to the audit, in the transaction of the change. */
export const record = (tx: Tx, tenant: Tenant, action: string, details: Readonly<Record<string, string>>) =>
  audited(tx, tenant, operator, originHere(), action, details)

/** Where the audit says that a command came from. */
export const originHere = () => ({
  ip: null,
  userAgent: null,
  traceId: crypto.randomUUID().replaceAll('-', ''),
})

export type Here = {
  setup: Setup
  /** The application's login. */
  runtimeUrl: string
  /** The owner's login; `undefined` where the operator gave none. */
  adminUrl: string | undefined
}

/**
 * Runs `work` with the instance's database reachable and the process's environment set as its own parts have it.
 * @throws Error with one readable line when there is no such instance, or a value is missing or malformed
 */
export async function withDatabase<T>(env: Env, work: (here: Here) => Promise<T>): Promise<T> {
  assertInstance(env)
  const setup = readSetup(env)
  const postgres = setup.embedded ? await startPostgres({ dataDir: setup.dataDir }) : undefined
  try {
    const here = await connection(setup, postgres)
    for (const [name, value] of Object.entries({ ...setup.env, DATABASE_URL: here.runtimeUrl })) {
      if (value !== undefined) process.env[name] = value
    }
    return await work(here)
  } finally {
    await disconnect()
    await postgres?.stop()
  }
}

async function connection(setup: Setup, postgres: Postgres | undefined): Promise<Here> {
  if (!postgres) return { setup, runtimeUrl: setup.env.DATABASE_URL ?? '', adminUrl: setup.databaseAdminUrl }
  return { setup, runtimeUrl: postgres.runtimeUrl('behalf'), adminUrl: await postgres.adminUrl('behalf') }
}

/** As `withDatabase`, for what needs the tables of this version. */
export const withInstance = <T>(env: Env, work: (here: Here) => Promise<T>): Promise<T> =>
  withDatabase(env, async (here) => {
    const [first, ...more] = await pendingMigrations(here.runtimeUrl)
    if (first) {
      const others = more.length > 0 ? ` and ${more.length} more` : ''
      throw new Error(`the database lacks migration ${first}${others}: run \`npm run behalf -- migrate\``)
    }
    return work(here)
  })

/** A mistyped folder must not quietly become a new, empty instance. */
function assertInstance(env: Env): void {
  if (env.DATABASE_URL) return
  const folder = resolve(root, env.BEHALF_DATA_DIR || '.behalf')
  if (existsSync(join(folder, 'secrets.json'))) return
  throw new Error(
    `there is no instance in ${folder}: start one with \`npm start\`, or set BEHALF_DATA_DIR or DATABASE_URL as it has them`,
  )
}
