// Brings a database to this version: the SQL migrations in order, the job queue's own schema, the grants of
// prisma/after-migrate.sql, and the application's login. Needs no engine and no network, only the owner's login.
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Logger, runMigrations as migrateJobQueue } from 'graphile-worker'
import { Client } from 'pg'
import { root } from './install.mjs'
import { assertHarmless, ensureRuntimeLogin } from './runtime-login.ts'

type Migration = { name: string; sql: string; checksum: string }
type Applied = { migration_name: string; checksum: string; finished_at: Date | null }

/** Serialises migrations of one database; any constant that nobody else uses. */
const lockKey = 7_265_340_112

const migrationsFolder = join(root, 'prisma/migrations')
const afterMigrateFile = join(root, 'prisma/after-migrate.sql')

type Options = {
  /** the owner's login */
  adminUrl: string
  /** the application's login; made if it is missing */
  runtimeUrl: string
  /** folder of migrations, `<name>/migration.sql` each */
  folder?: string
  afterMigrate?: string
}

/**
 * Migrates; safe to run again and from several processes at once.
 * @returns names of the migrations applied now
 * @throws Error with one readable line; nothing of the failing migration stays
 */
export async function migrate(options: Options): Promise<{ applied: string[] }> {
  const migrations = readMigrations(options.folder ?? migrationsFolder)
  return connected(options.adminUrl, 'BEHALF_DATABASE_ADMIN_URL', async (client) => {
    await assertVersion(client)
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
      migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
      started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`)
    const pending = pendingOf(migrations, await readApplied(client))
    for (const migration of pending) await apply(client, migration)
    await migrateJobQueue({ connectionString: options.adminUrl, logger: new Logger(() => () => {}) })

    await ensureRuntimeLogin(client, options.runtimeUrl)
    const after = options.afterMigrate ?? afterMigrateFile
    if (existsSync(after)) await inTransaction(client, () => client.query(readFileSync(after, 'utf8')))
    await assertRuntime(options.runtimeUrl)
    return { applied: pending.map(({ name }) => name) }
  })
}

/**
 * For a start without the owner's login: what is still to be applied, read with the application's own.
 * @throws Error when the login could get around row level security
 */
export async function pendingMigrations(runtimeUrl: string, folder = migrationsFolder): Promise<string[]> {
  const migrations = readMigrations(folder)
  return connected(runtimeUrl, 'DATABASE_URL', async (client) => {
    await assertVersion(client)
    await assertHarmless(client)
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
    )
    const applied = rows[0]?.there ? await readApplied(client) : []
    return pendingOf(migrations, applied).map(({ name }) => name)
  })
}

/** Reads `<folder>/<name>/migration.sql`, in the order of their names; the checksum is Prisma's. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'migration.sql')))
    .map(({ name }) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function readApplied(client: Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  )
  return rows
}

function pendingOf(migrations: Migration[], applied: Applied[]): Migration[] {
  const byName = new Map(applied.map((row) => [row.migration_name, row]))
  return migrations.filter(({ name, checksum }) => {
    const row = byName.get(name)
    if (!row) return true
    if (!row.finished_at) {
      throw new Error(
        `migration ${name} was begun by another tool and did not finish: resolve it there first`,
      )
    }
    if (row.checksum !== checksum) {
      throw new Error(
        `migration ${name} was changed after it was applied to this database: restore the file and put the change into a new migration`,
      )
    }
    return false
  })
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
  }).catch((error: unknown) => {
    throw new Error(`migration ${name} failed and was rolled back: ${messageOf(error)}`)
  })
}

async function inTransaction(client: Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('BEGIN')
  try {
    await work()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

async function assertVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  )
  const major = Math.floor((rows[0]?.version ?? 0) / 10_000)
  if (major < 15) throw new Error(`DATABASE_URL: Postgres ${major} is too old, 15 or newer is needed`)
}

async function assertRuntime(runtimeUrl: string): Promise<void> {
  await connected(runtimeUrl, 'DATABASE_URL', assertHarmless)
}

async function connected<T>(url: string, variable: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 15_000,
    application_name: 'behalf-migrate',
  })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw new Error(`${variable}: the database cannot be reached: ${messageOf(error)}`)
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
