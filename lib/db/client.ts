import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { config } from '#lib/config'
import { AppError } from '#lib/errors'
import { type Prisma, PrismaClient } from './generated/client.ts'
import { stopListening } from './listener.ts'

/** The tables inside one transaction. Obtained from `forOrg` only, so that it is always one tenant's view. */
export type Tx = Prisma.TransactionClient

type Connections = { pool: pg.Pool; hotPool: pg.Pool; prisma: PrismaClient }

// Next bundles a module once per route: the pool must be one per process all the same.
const anchor: { [key: symbol]: Connections | undefined } = globalThis as never
const key = Symbol.for('behalf.db')

function connections(): Connections {
  const found = anchor[key]
  if (found) return found
  const pool = newPool({ max: 20 })
  const hotPool = newPool({
    max: 12,
    options: `${inUtc} -c plan_cache_mode=force_generic_plan`,
  })
  const made = { pool, hotPool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }) }
  anchor[key] = made
  return made
}

/** Moments are read as UTC, whatever zone the server or its database is set to. */
const inUtc = '-c timezone=UTC'

function newPool(settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionString: config().databaseUrl,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // A server that has gone without a word must not hold a caller: what it was doing is then in doubt.
    query_timeout: 20_000,
    application_name: 'behalf',
    // What is asked of a connection goes out at once, and is answered in its order: the ORM, too, asks for all that hangs on
    // a row in one go.
    pipeline: true,
    options: inUtc,
    ...settings,
  })
  // An idle connection that the server closes is replaced by the pool on the next use.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

export const pool = (): pg.Pool => connections().pool

/**
 * For statements that each connection prepares once and that run for every call: planned once too. Left to itself
 * PostgreSQL plans the largest of them anew each time, which takes ten times as long as running it.
 */
export const hotPool = (): pg.Pool => connections().hotPool

export const prisma = (): PrismaClient => connections().prisma

/** Closes every connection of this process; the next use opens new ones. */
export async function disconnect(): Promise<void> {
  const open = anchor[key]
  anchor[key] = undefined
  stopListening()
  await open?.prisma.$disconnect()
  await Promise.all([open?.pool.end(), open?.hotPool.end()])
}

const serialization = new Set(['40001', '40P01'])
const connectionLost = /^(08|53|57P0)/
/** What the driver and Prisma say in words alone: no connection to be had, or the one in hand is gone. */
const noConnection =
  /timeout exceeded when trying to connect|Connection terminated|is not queryable|Unable to start a transaction|Query read timeout/

/** The SQLSTATE behind a driver's or Prisma's error, where there is one. */
function sqlState(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code, meta } = at as { code?: unknown; meta?: { driverAdapterError?: { cause?: unknown } } }
    const original = meta?.driverAdapterError?.cause as { originalCode?: string } | undefined
    if (original?.originalCode) return original.originalCode
    if (code === 'P2034') return '40001'
    if (code === 'ECONNREFUSED' || code === 'P1001' || code === 'P2024' || code === 'P1017') return '08006'
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('P2')) return code
    const nested = (at as { originalCode?: unknown }).originalCode
    if (typeof nested === 'string') return nested
  }
  return error instanceof Error && noConnection.test(error.message) ? '08006' : undefined
}

/** Whether an error says that a unique index already holds the row. */
export const isUniqueViolation = (error: unknown): boolean =>
  sqlState(error) === '23505' || (error as { code?: unknown })?.code === 'P2002'

const inDoubt = 'commit in doubt'

/** Whether an error came of a connection that was lost at the COMMIT: what was done may stand all the same. */
export const isCommitInDoubt = (error: unknown): boolean =>
  error instanceof AppError && error.internal === inDoubt

/**
 * Runs a whole transaction, again where PostgreSQL asks for it (serialization failure, deadlock).
 * @param attempt calls what it is given once nothing is left but the COMMIT
 * @throws AppError `unavailable` when the database cannot be reached
 */
export async function withRetry<T>(
  attempt: (committing: () => void) => Promise<T>,
  triesMax = 3,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    let done = false
    try {
      return await attempt(() => {
        done = true
      })
    } catch (error) {
      const state = sqlState(error)
      if (state && serialization.has(state) && tries < triesMax) {
        // Not at once, and not both at the same moment: two that met would meet again.
        await new Promise((wake) => setTimeout(wake, 10 * tries * Math.random()))
        continue
      }
      if (state && connectionLost.test(state)) {
        throw new AppError(
          'unavailable',
          { retry_after_seconds: 1 },
          { internal: done ? inDoubt : 'database unreachable', cause: error },
        )
      }
      throw error
    }
  }
}
