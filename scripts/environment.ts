// What the parts of an instance are told: the operator's environment, completed with the documented defaults.
import { hkdfSync } from 'node:crypto'
import { resolve } from 'node:path'
import { readConfig } from '#lib/config'
import { root } from './install.mjs'
import { readOrCreateSecrets } from './secrets.ts'

type Env = Record<string, string | undefined>

export type Setup = {
  dataDir: string
  /** True when the database is the embedded one. */
  embedded: boolean
  /** The owner's login, for migrations alone; undefined on the embedded database until it runs. */
  databaseAdminUrl: string | undefined
  port: number
  host: string
  publicUrl: string
  sandbox: { port: number; demoPort: number } | null
  /** The environment of the web server and the workers. */
  env: Env
}

/**
 * @throws Error with one line that names the variable when a value is missing or malformed
 */
export function readSetup(given: Env): Setup {
  const dataDir = resolve(root, given.BEHALF_DATA_DIR || '.behalf')
  const embedded = !given.DATABASE_URL
  if (embedded && given.BEHALF_DATABASE_ADMIN_URL) {
    throw new Error(
      'BEHALF_DATABASE_ADMIN_URL is set without DATABASE_URL, the login of the application itself',
    )
  }
  const sandboxOn = (given.BEHALF_SANDBOX || (embedded ? 'on' : 'off')) === 'on'
  const secrets = embedded || sandboxOn ? readOrCreateSecrets(dataDir) : undefined

  const masterKey = given.BEHALF_MASTER_KEY || (embedded ? secrets?.masterKey : undefined)
  const port = Number(given.PORT || 3000)
  const env: Env = {
    ...given,
    PORT: String(port),
    HOST: given.HOST || '127.0.0.1',
    BEHALF_PUBLIC_URL: given.BEHALF_PUBLIC_URL || `http://localhost:${port}`,
    BEHALF_DATA_DIR: dataDir,
    BEHALF_MASTER_KEY: masterKey,
    BEHALF_SESSION_SECRET: given.BEHALF_SESSION_SECRET || (masterKey && sessionSecret(masterKey)),
    BEHALF_SANDBOX: given.BEHALF_SANDBOX || (sandboxOn ? 'on' : 'off'),
    NEXT_TELEMETRY_DISABLED: '1',
  }
  delete env.BEHALF_DATABASE_ADMIN_URL
  if (sandboxOn) {
    env.BEHALF_SANDBOX_PORT = given.BEHALF_SANDBOX_PORT || String(port + 1)
    env.BEHALF_DEMO_PORT = given.BEHALF_DEMO_PORT || String(port + 2)
    env.BEHALF_SANDBOX_CONTROL_KEY = given.BEHALF_SANDBOX_CONTROL_KEY || secrets?.sandboxControlKey
    env.BEHALF_SANDBOX_CLIENT_SECRET = given.BEHALF_SANDBOX_CLIENT_SECRET || secrets?.sandboxClientSecret
  }

  // Said now rather than after a minute of building. The embedded database's URL is known only once it runs.
  const config = readConfig({
    ...env,
    DATABASE_URL: env.DATABASE_URL || 'postgres://embedded@127.0.0.1/behalf',
  })
  return {
    dataDir,
    embedded,
    databaseAdminUrl: given.BEHALF_DATABASE_ADMIN_URL || undefined,
    port: config.port,
    host: config.host,
    publicUrl: config.publicUrl,
    sandbox: sandboxOn
      ? { port: Number(env.BEHALF_SANDBOX_PORT), demoPort: Number(env.BEHALF_DEMO_PORT) }
      : null,
    env,
  }
}

/** Every process that shares the master key opens the cookies of the others; @see RFC 5869 */
function sessionSecret(masterKey: string): string {
  const key = Buffer.from(masterKey, 'base64')
  return Buffer.from(hkdfSync('sha256', key, '', 'behalf session secret', 32)).toString('base64url')
}

/** The practice provider stands for a stranger: it gets its own secrets and none of ours. */
export function sandboxEnv({ env }: Setup): Env {
  const kept = ['PATH', 'HOME', 'PORT', 'HOST', 'NODE_ENV', 'BEHALF_PUBLIC_URL', 'LOG_LEVEL']
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => kept.includes(name) || name.startsWith('BEHALF_SANDBOX')),
  )
}
