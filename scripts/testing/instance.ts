// The instance that the browser tests run against: their own, on free ports, with a data folder that goes away.
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../postgres.ts'
import { type Browser, findChromium } from './chromium.ts'
import { selfSigned } from './self-signed.ts'
import { throwawayFolder } from './throwaway.ts'

/** What serve.ts wrote about itself, for specs. */
export type Instance = {
  publicUrl: string
  port: number
  sandboxUrl: string
  demoUrl: string
  sandboxControlKey: string
  sandboxClientSecret: string
  rootKey: string
  /** the application's login */
  databaseUrl: string
  /** a superuser's login */
  databaseAdminUrl: string
  /** everything that web server, worker and sandbox wrote to their output */
  logFile: string
  dataDir: string
  /** one-time sign-in link of the first admin */
  adminSignInUrl?: string
  secretKey?: string
}

/** Where the product looks for its mail server and its resolver, and may read what clients say of themselves: a spec that needs one starts it there. */
export type HelperPorts = { mail: number; dns: number; clients: number; identity: number }

export type VendorPorts = { github: number; google: number; slack: number; evil: number }

type Prepared = {
  baseURL: string
  folder: string
  browser: Browser
  vendorPorts: VendorPorts
  helperPorts: HelperPorts
  env: Record<string, string>
}

/** Chooses ports, folder and browser once; Playwright's workers get the same through the environment. */
export async function prepareInstance(): Promise<Prepared> {
  const known = process.env.BEHALF_E2E
  if (known) return JSON.parse(known) as Prepared
  const browser = await findChromium()
  const folder = throwawayFolder('behalf-e2e-')
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const [port, sandboxPort, demoPort, mail = 0, dns = 0, clients = 0, identity = 0, ...vendors] =
    await freePorts(11)
  const { key, cert } = selfSigned('localhost')
  for (const [name, text] of Object.entries({ key, cert }))
    writeFileSync(join(folder, `clients.${name}.pem`), text)
  const [github = 0, google = 0, slack = 0, evil = 0] = vendors
  const prepared: Prepared = {
    baseURL: `http://localhost:${port}`,
    folder,
    browser,
    vendorPorts: { github, google, slack, evil },
    helperPorts: { mail, dns, clients, identity },
    env: {
      PORT: String(port),
      HOST: '127.0.0.1',
      BEHALF_PUBLIC_URL: '',
      BEHALF_SANDBOX: 'on',
      // Where the vendors' emulators will stand: an operator's decision, made before the start.
      BEHALF_EGRESS_ALLOW: [
        ...vendors.map((vendor) => `provider=127.0.0.1:${vendor}`),
        `cimd=localhost:${clients}`,
        `oidc=127.0.0.1:${identity}`,
      ].join(','),
      NODE_EXTRA_CA_CERTS: join(folder, 'clients.cert.pem'),
      BEHALF_SMTP_URL: `smtp://127.0.0.1:${mail}?tls=off`,
      BEHALF_MAIL_FROM: 'Behalf <no-reply@behalf.test>',
      BEHALF_DNS_SERVER: `127.0.0.1:${dns}`,
      BEHALF_SANDBOX_PORT: String(sandboxPort),
      BEHALF_DEMO_PORT: String(demoPort),
      BEHALF_ROOT_KEY: randomBytes(32).toString('base64url'),
      BEHALF_MASTER_KEY: '',
      BEHALF_SESSION_SECRET: '',
      BEHALF_DATA_DIR: join(folder, 'data'),
      BEHALF_LOG_FILE: join(folder, 'instance.log'),
      BEHALF_INSTANCE_FILE: join(folder, 'instance.json'),
      DATABASE_URL: '',
      BEHALF_DATABASE_ADMIN_URL: '',
    },
  }
  process.env.BEHALF_E2E = JSON.stringify(prepared)
  return prepared
}

/** For specs: the environment that the instance was started with, for commands of the operator. */
export function instanceEnv(): Record<string, string> {
  const { env } = JSON.parse(process.env.BEHALF_E2E ?? '{}') as Partial<Prepared>
  if (!env) throw new Error('only tests started by playwright.config.ts have an instance')
  return env
}

/** For specs: the ports at which the product lets a vendor's emulator stand. */
export function vendorPorts(): VendorPorts {
  const { vendorPorts: ports } = JSON.parse(process.env.BEHALF_E2E ?? '{}') as Partial<Prepared>
  if (!ports) throw new Error('only tests started by playwright.config.ts have an instance')
  return ports
}

/** For specs: where the product looks for a mail server and a resolver. */
export function helperPorts(): HelperPorts {
  const { helperPorts: ports } = JSON.parse(process.env.BEHALF_E2E ?? '{}') as Partial<Prepared>
  if (!ports) throw new Error('only tests started by playwright.config.ts have an instance')
  return ports
}

/** For specs: the key and certificate of `localhost` that the product trusts, for clients' documents. */
export function clientsTls(): { key: string; cert: string } {
  const { folder } = JSON.parse(process.env.BEHALF_E2E ?? '{}') as Partial<Prepared>
  if (!folder) throw new Error('only tests started by playwright.config.ts have an instance')
  const read = (name: string) => readFileSync(join(folder, `clients.${name}.pem`), 'utf8')
  return { key: read('key'), cert: read('cert') }
}

/** For specs that need a browser started in a way of their own. */
export function instanceBrowser(): Browser {
  const { browser } = JSON.parse(process.env.BEHALF_E2E ?? '{}') as Partial<Prepared>
  if (!browser) throw new Error('only tests started by playwright.config.ts have an instance')
  return browser
}

/** For specs: the instance that is running. */
export function instance(): Instance {
  const { folder } = JSON.parse(process.env.BEHALF_E2E ?? '{}') as Partial<Prepared>
  if (!folder) throw new Error('only tests started by playwright.config.ts have an instance')
  return JSON.parse(readFileSync(join(folder, 'instance.json'), 'utf8')) as Instance
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add((await freePort(0)) ?? 0)
  return [...ports]
}
