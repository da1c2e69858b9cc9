import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type AuditSettings, auditAllowances, auditEnvironment, readAuditSettings } from './audit.ts'
import { type ConsoleSettings, consoleEnvironment, readConsoleSettings } from './console.ts'
import {
  type KeySettings,
  keyEnvironment,
  keyServiceAllowances,
  masterKeyMissing,
  readKeySettings,
} from './keys.ts'
import { type LimitSettings, limitEnvironment, readLimitSettings } from './limits.ts'
import { type MailSettings, mailAllowance, mailEnvironment, readMailSettings } from './mail.ts'
import { type McpSettings, mcpEnvironment, readMcpSettings } from './mcp.ts'
import { type OauthSettings, oauthEnvironment, readOauthSettings } from './oauth.ts'
import { type OpaSettings, opaAllowance, opaEnvironment, readOpaSettings } from './opa.ts'
import { readTokenSettings, type TokenSettings, tokenEnvironment } from './tokens.ts'

export type { AuditSettings } from './audit.ts'
export { type KeyServiceName, type KeySettings, keyServiceNames } from './keys.ts'
export type { LimitSettings } from './limits.ts'
export type { MailSettings } from './mail.ts'
export type { McpSettings } from './mcp.ts'
export type { OauthSettings } from './oauth.ts'
export { type OpaSettings, opaPath } from './opa.ts'
export type { TokenSettings } from './tokens.ts'

/** Raised at boot with one line that names the variable and says what to set. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback)
const onOff = z.enum(['on', 'off'])

const environment = z.object({
  PORT: port(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  BEHALF_PUBLIC_URL: z
    .url({ protocol: /^https?$/, message: 'must be an http(s) origin such as https://behalf.example.com' })
    .optional(),
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    message: 'must be postgres://user:password@host:port/name',
  }),
  ...keyEnvironment,
  ...auditEnvironment,
  ...consoleEnvironment,
  BEHALF_SESSION_SECRET: z
    .string({ error: 'is required: at least 32 random characters that seal the cookies' })
    .min(32, 'must be at least 32 characters'),
  BEHALF_DATA_DIR: z.string().min(1).default('.behalf'),
  BEHALF_REFRESH_LEASE_SECONDS: z.coerce.number().min(1).max(300).default(30),
  BEHALF_SIGNING_KEY_DAYS: z.coerce.number().int().min(1).max(3650).default(90),
  BEHALF_ROOT_KEY: z.string().min(32, 'must be at least 32 characters').optional(),
  BEHALF_ROOT_KEY_EXECUTE: onOff.default('off'),
  BEHALF_SANDBOX: onOff.default('off'),
  BEHALF_SANDBOX_PORT: port(0),
  BEHALF_DEMO_PORT: port(0),
  BEHALF_EGRESS_ALLOW: z.string().default(''),
  BEHALF_EGRESS_DEFAULT: z.enum(['public', 'deny']).default('public'),
  ...limitEnvironment,
  ...mailEnvironment,
  ...mcpEnvironment,
  ...oauthEnvironment,
  ...opaEnvironment,
  ...tokenEnvironment,
  BEHALF_DNS_SERVER: z
    .string()
    .regex(
      /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/,
      'must be an address such as 192.0.2.53 or 192.0.2.53:53',
    )
    .optional(),
  BEHALF_TRUSTED_PROXIES: z.string().default(''),
  BEHALF_METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters').optional(),
})

export type Config = Readonly<{
  port: number
  host: string
  /** Origin in links and redirect URIs, without a trailing slash. */
  publicUrl: string
  databaseUrl: string
  keys: KeySettings
  audit: AuditSettings
  console: ConsoleSettings
  sessionSecret: string
  /** A folder of this process's disk: renewed credentials wait in it while the database is away. */
  dataDir: string
  /** How long one process may take to renew a credential before another looks after it, in seconds. */
  refreshLeaseSeconds: number
  /** How old the key that signs receipts becomes before another takes its place, in days. */
  signingKeyDays: number
  rootKey: string | null
  /** Whether the root key may execute tools: always on a loopback bind, else only when asked for. */
  rootKeyMayExecute: boolean
  sandbox: Readonly<{ url: string; demoUrl: string }> | null
  egressAllow: string
  egressDefault: 'public' | 'deny'
  /** The mail server and who its mail is from; null where no mail is sent. */
  mail: MailSettings | null
  /** Judges calls where an org, or the deployment, says so; null where there is none. */
  opa: OpaSettings | null
  /** The resolver that custom domains are looked up with, as `address[:port]`; null for the machine's own. */
  dnsServer: string | null
  limits: LimitSettings
  mcp: McpSettings
  tokens: TokenSettings
  oauth: OauthSettings
  trustedProxies: readonly string[]
  metricsToken: string | null
  /** Whether both the bind and the public URL are this machine's own: nobody else reaches it. */
  local: boolean
}>

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

/**
 * Reads and checks the environment (API.md "Environment").
 * @throws ConfigError naming the first variable that is missing or malformed
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  if ((given.BEHALF_KEY_SERVICE ?? 'local') === 'local' && given.BEHALF_MASTER_KEY === undefined)
    throw new ConfigError(masterKeyMissing)
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0] ?? 'environment')
    const missing =
      given[name] === undefined && issue?.code === 'invalid_type' && issue.message.startsWith('Invalid')
    throw new ConfigError(`${name} ${missing ? 'is required' : issue?.message}`)
  }
  const e = parsed.data
  const publicUrl = (e.BEHALF_PUBLIC_URL ?? `http://localhost:${e.PORT}`).replace(/\/+$/, '')
  if (new URL(publicUrl).pathname !== '/') {
    throw new ConfigError('BEHALF_PUBLIC_URL must be an origin without a path')
  }
  const bindIsLoopback = isLoopback(e.HOST)
  const local = bindIsLoopback && isLoopback(new URL(publicUrl).hostname)
  if (e.BEHALF_SANDBOX === 'on' && !local) {
    throw new ConfigError(
      'BEHALF_SANDBOX must be off unless HOST and BEHALF_PUBLIC_URL are loopback addresses',
    )
  }
  if (!bindIsLoopback && e.BEHALF_METRICS_TOKEN === undefined) {
    throw new ConfigError('BEHALF_METRICS_TOKEN is required when HOST is not a loopback address')
  }
  const sandboxPort = e.BEHALF_SANDBOX_PORT || e.PORT + 1
  const sandbox =
    e.BEHALF_SANDBOX === 'on'
      ? {
          url: `http://127.0.0.1:${sandboxPort}`,
          demoUrl: `http://127.0.0.1:${e.BEHALF_DEMO_PORT || e.PORT + 2}/demo`,
        }
      : null
  const refuse = (line: string): never => {
    throw new ConfigError(line)
  }
  const keys = readKeySettings(e, refuse)
  const mail = readMailSettings(e, refuse)
  const opa = readOpaSettings(e, refuse)
  const audit = readAuditSettings(e, refuse)
  return {
    port: e.PORT,
    host: e.HOST,
    publicUrl,
    databaseUrl: e.DATABASE_URL,
    keys,
    audit,
    console: readConsoleSettings(e),
    sessionSecret: e.BEHALF_SESSION_SECRET,
    dataDir: resolve(e.BEHALF_DATA_DIR),
    refreshLeaseSeconds: e.BEHALF_REFRESH_LEASE_SECONDS,
    signingKeyDays: e.BEHALF_SIGNING_KEY_DAYS,
    rootKey: e.BEHALF_ROOT_KEY ?? null,
    rootKeyMayExecute: bindIsLoopback || e.BEHALF_ROOT_KEY_EXECUTE === 'on',
    sandbox,
    egressAllow: [
      e.BEHALF_EGRESS_ALLOW,
      ...(sandbox ? ['provider', 'oidc'].map((purpose) => `${purpose}=127.0.0.1:${sandboxPort}`) : []),
      ...keyServiceAllowances(keys),
      ...mailAllowance(mail),
      ...opaAllowance(opa),
      ...auditAllowances(audit),
    ]
      .filter(Boolean)
      .join(','),
    egressDefault: e.BEHALF_EGRESS_DEFAULT,
    mail,
    opa,
    dnsServer: e.BEHALF_DNS_SERVER ?? null,
    limits: readLimitSettings(e),
    mcp: readMcpSettings(e, publicUrl, refuse),
    tokens: readTokenSettings(e),
    oauth: readOauthSettings(e),
    trustedProxies: e.BEHALF_TRUSTED_PROXIES.split(',').flatMap((cidr) => cidr.trim() || []),
    metricsToken: e.BEHALF_METRICS_TOKEN ?? null,
    local,
  }
}

let current: Config | undefined

/** The process's configuration, read once on first use. */
export function config(): Config {
  current ??= readConfig(process.env)
  return current
}
