// A real instance: its own data folder, the embedded Postgres with its production settings, and one account that was
// connected by the real flow.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from '../scripts/children.ts'
import type { Instance } from '../scripts/testing/instance.ts'
import { childOf, type Programs } from './programs.ts'

export type Behalf = {
  instance: Instance
  /** The web server's process. */
  pid: number
  key: string
  accountId: string
  /** From nothing to ready: a new cluster, all migrations, the first admin. Builds apart. */
  firstStartSeconds: number
}

type Ports = { port: number; upstreamUrl: string }

export async function startBehalf(programs: Programs, folder: string, ports: Ports): Promise<Behalf> {
  const instanceFile = join(folder, 'instance.json')
  const inherited = Object.entries(process.env).filter(([name]) => !/^(BEHALF_|DATABASE_URL$)/.test(name))
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    NODE_ENV: 'production',
    PORT: String(ports.port),
    HOST: '127.0.0.1',
    BEHALF_DATA_DIR: join(folder, 'data'),
    BEHALF_INSTANCE_FILE: instanceFile,
    BEHALF_ROOT_KEY: randomBytes(32).toString('base64url'),
    BEHALF_SANDBOX: 'off',
    // One account gets more calls here than any would in earnest; docs/performance.md says what a limit costs.
    BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE: process.env.BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE ?? 'off',
    BEHALF_EGRESS_ALLOW: `provider=${new URL(ports.upstreamUrl).host}`,
  }
  const startedAt = performance.now()
  const { pid: supervisor } = await programs.spawn('serve', [program('scripts/serve.ts')], env, async () => {
    const response = await fetch(`http://127.0.0.1:${ports.port}/readyz`)
    await response.arrayBuffer()
    return response.ok || undefined
  })
  const firstStartSeconds = (performance.now() - startedAt) / 1000
  const instance = JSON.parse(readFileSync(instanceFile, 'utf8')) as Instance
  const key = instance.secretKey
  if (!key) throw new Error('a first start prints a secret key, this one did not')
  await callApi(instance, key, '/auth_configs', {
    connector: 'sandbox',
    name: 'Benchmark',
    client_id: 'bench',
    client_secret: randomBytes(24).toString('base64url'),
    base_urls: { base: ports.upstreamUrl },
  })
  const accountId = await connectAccount(instance, key, 'bench')
  return { instance, pid: childOf(supervisor, 'server.ts') ?? 0, key, accountId, firstStartSeconds }
}

const user = 'bench-user'

/** @throws Error for an answer that is no success */
export async function callApi(
  { publicUrl }: Instance,
  key: string,
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const text = await read(`${publicUrl}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return JSON.parse(text) as Record<string, unknown>
}

/** Host product, end user and provider in one: from an auth config to an active connection, each step over HTTP. */
export async function connectAccount(instance: Instance, key: string, org: string): Promise<string> {
  const { publicUrl } = instance
  const api = (path: string, body: object) => callApi(instance, key, path, body)
  const session = await api('/connect_sessions', {
    org_id: org,
    user_id: user,
    connectors: ['sandbox'],
    scopes: { sandbox: ['tasks:read'] },
  })

  const portal = browser(publicUrl)
  const at = `${publicUrl}/connect/${session.id}`
  const json = { 'content-type': 'application/json' }
  await portal(`${at}/enter`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ token: session.token }),
  })
  const consent = await portal(`${at}/consent/sandbox`)
  const form = new URLSearchParams({ connector: 'sandbox', scopes: 'tasks:read' })
  form.set('hash', found(/name="hash" value="([^"]+)"/, consent.text, 'the consent page'))
  const leaving = await portal(`${at}/approve`, { method: 'POST', body: form })
  const authorize = found(/http-equiv="refresh" content="0;url=([^"]+)"/, leaving.text, 'the way out')
  const back = await fetch(authorize.replaceAll('&amp;', '&'), { redirect: 'manual' })
  const callback = await portal(back.headers.get('location') ?? '')
  const done = await portal(new URL(callback.location ?? '', publicUrl).href)
  const confirmed = await api(`/connect_sessions/${session.id}/confirm`, {
    user_id: user,
    confirmation_code: found(/(bhf_cc_[\w-]+)/, done.text, 'the last page'),
  })
  return String(confirmed.connected_account_id)
}

async function read(url: string, init: RequestInit): Promise<string> {
  const response = await fetch(url, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
  return text
}

/** Keeps cookies and says of each request that our own page made it. */
function browser(origin: string) {
  const cookies = new Map<string, string>()
  return async (url: string, init: RequestInit = {}): Promise<{ text: string; location: string | null }> => {
    const headers = new Headers(init.headers)
    headers.set('origin', origin)
    headers.set('sec-fetch-site', 'same-origin')
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const text = await response.text()
    if (response.status >= 400) throw new Error(`${new URL(url).pathname}: ${response.status} ${text}`)
    return { text, location: response.headers.get('location') }
  }
}

function found(pattern: RegExp, text: string, where: string): string {
  const match = pattern.exec(text)?.[1]
  if (match === undefined) throw new Error(`${where} has no ${pattern}: ${text.slice(0, 2000)}`)
  return match
}
