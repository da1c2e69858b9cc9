// For `.db.test.ts` files: the authorization server as clients and browsers meet it, through its real routes.
import { fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import { deployment, disconnect, forOrg } from '#lib/db'
import { systemCaller, upsertClientAgentIn } from '#lib/identity'
import { newId, publicId, sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import type { SignedIn } from './interaction.ts'

export const base = 'http://localhost:3998'
export const redirectUri = 'https://client.example/callback'

Object.assign(process.env, { PORT: '3998', BEHALF_PUBLIC_URL: base })

type Cookie = { value: string; path: string }

/** A browser of its own: it keeps cookies by path, and follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, Cookie>()

  header(path: string): string {
    return [...this.cookies]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([key, { value }]) => `${key.split('|')[0]}=${value}`)
      .join('; ')
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    const { pathname } = new URL(url)
    const response = await send(url, {
      headers: { accept: 'text/html', cookie: this.header(pathname), ...headers },
    })
    this.keep(response)
    return response
  }

  keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const [name = '', ...value] = pair.split('=')
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/'
      const over = attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one))
      if (over) this.cookies.delete(`${name}|${path}`)
      else this.cookies.set(`${name}|${path}`, { value: value.join('='), path })
    }
  }
}

type Handler = (request: Request, context: never) => Promise<Response>
type Route = Readonly<Partial<Record<'DELETE' | 'GET' | 'OPTIONS' | 'POST' | 'PUT', Handler>>>

/** A request through the route that Next would choose. */
export async function send(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const request = new Request(url, init)
  const { pathname } = new URL(url)
  const [route, params] = await routeOf(pathname)
  const handler = route[request.method as keyof Route]
  if (!handler) return new Response(null, { status: 405 })
  return handler(request, { params: Promise.resolve(params) } as never)
}

async function routeOf(path: string): Promise<[Route, object]> {
  if (path.startsWith('/.well-known/oauth-authorization-server')) {
    const rest = path.split('/').slice(3)
    const route = await import('../../app/.well-known/oauth-authorization-server/[[...path]]/route.ts')
    return [route, rest.length > 0 ? { path: rest } : {}]
  }
  if (path === '/.well-known/jwks.json') return [await import('../../app/.well-known/jwks.json/route.ts'), {}]
  if (path.startsWith('/oauth/.well-known/')) {
    const route = await import('../../app/oauth/.well-known/[name]/route.ts')
    return [route, { name: path.split('/').at(-1) }]
  }
  return [await import('../../app/oauth/[...path]/route.ts'), { path: path.split('/').slice(2) }]
}

export const http = {
  [oauth.allowInsecureRequests]: true,
  [oauth.customFetch]: (url: string, init: RequestInit) => send(url, init),
} as const

export const post = (
  path: string,
  form: Record<string, string> | URLSearchParams,
  headers = {},
): Promise<Response> =>
  send(`${base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  })

export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

export const pkce = () => {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

export type Person = { tenant: Tenant; account: SignedIn; externalId: string }

export async function startOauth() {
  const { bootstrap } = await import('../../scripts/bootstrap.ts')
  await bootstrap()
  const { answerInteraction, readInteraction } = await import('./index.ts')
  const operator = systemCaller('test')
  const org = (name: string) => ensureOrg(operator, name, prepareOrgKeys)

  const person = async (orgName: string, externalId: string): Promise<Person> => {
    const tenant = await org(orgName)
    const userId = await forOrg(tenant, async (tx) => {
      const known = await tx.end_users.findFirst({ where: { org_id: tenant.orgId, external_id: externalId } })
      if (known) return known.id
      const id = newId()
      await tx.end_users.create({ data: { org_id: tenant.orgId, id, external_id: externalId, groups: [] } })
      return id
    })
    return { tenant, account: { orgId: tenant.orgId, userId }, externalId }
  }

  /** An agent with a client secret. @param orgName `null` for one of the deployment's */
  const agent = async (orgName: string | null, more: { redirectUris?: string[] } = {}) => {
    const home = orgName === null ? deployment : await org(orgName)
    const id = newId()
    const secret = `bhf_as_${randomBytes(32).toString('base64url')}`
    await forOrg(home, async (tx) => {
      await tx.agents.create({
        data: {
          ...{ org_id: home.orgId, id, name: 'Night shift', team: 'ops', environment: 'production' },
          redirect_uris: more.redirectUris ?? [],
        },
      })
      await tx.agent_credentials.create({
        data: {
          ...{ org_id: home.orgId, id: newId(), agent_id: id, kind: 'client_secret' },
          ...{ hash: sha256(secret), created_by: { type: 'system', id: 'test' } },
        },
      })
    })
    return { home, id, clientId: publicId('agent', id), secret }
  }

  /** What the consent page writes, and what it says to the authorization server. */
  const consent = async (
    who: Person,
    asked: Awaited<ReturnType<typeof readInteraction>>,
    scopes: readonly string[] = asked.scopes,
    expiresAt: Date | null = null,
  ): Promise<string> => {
    const id = newId()
    await forOrg(who.tenant, async (tx) => {
      const { client } = asked
      const agentOf =
        client.kind === 'agent'
          ? await tx.agents
              .findFirstOrThrow({ where: { id: idOf(client.clientId) } })
              .then((row) => ({ orgId: row.org_id, agentId: row.id }))
          : await upsertClientAgentIn(tx, who.tenant, { clientId: client.clientId, name: client.name })
      await tx.agent_grants.create({
        data: {
          ...{ org_id: who.tenant.orgId, id, agent_org_id: agentOf.orgId, agent_id: agentOf.agentId },
          ...{
            user_id: who.account.userId,
            client_id: client.clientId,
            oauth_grant_id: publicId('agent_grant', id),
          },
          ...{ resource: asked.resource, scopes: [...scopes], account_ids: [], expires_at: expiresAt },
          evidence: { client: { redirect_host: client.redirectHost } },
        },
      })
    })
    return id
  }

  /** Goes on where the authorization server sends a browser, as the pages do, until it answers the client. */
  const decide = async (
    browser: Browser,
    first: Response,
    who: Person,
    more: { scopes?: readonly string[]; refuse?: boolean; expiresAt?: Date } = {},
  ): Promise<{ location: URL; asked: string[]; grantId: string | null }> => {
    const asked: string[] = []
    let grantId: string | null = null
    let response = first
    for (let step = 0; step < 8; step++) {
      const to = response.headers.get('location')
      if (to === null) throw new Error(`no redirect: ${response.status} ${await response.text()}`)
      const url = new URL(to, base)
      if (!url.href.startsWith(`${base}/oauth/`) || url.pathname === '/oauth/device')
        return { location: url, asked, grantId }
      if (!url.pathname.startsWith('/oauth/interaction/')) {
        response = await browser.get(url.href)
        continue
      }
      const carrier = { headers: new Headers({ cookie: browser.header(url.pathname) }) }
      const waiting = await readInteraction(carrier, url.pathname.split('/').at(-1))
      asked.push(waiting.prompt)
      if (more.refuse) response = await answerInteraction(carrier, { kind: 'refused' })
      else if (waiting.prompt === 'login')
        response = await answerInteraction(carrier, {
          kind: 'signed_in',
          account: who.account,
          authTime: new Date(),
        })
      else {
        const { scopes = waiting.scopes, expiresAt = null } = more
        grantId = await consent(who, waiting, scopes, expiresAt)
        response = await answerInteraction(carrier, { kind: 'consented', grantId, scopes, expiresAt })
      }
      browser.keep(response)
    }
    throw new Error('it goes round in circles')
  }

  /** From the request for authorization to its answer. */
  const authorize = async (
    browser: Browser,
    who: Person,
    params: Record<string, string>,
    more: Parameters<typeof decide>[3] = {},
  ) => {
    const url = new URL('/oauth/authorize', base)
    url.search = new URLSearchParams({ response_type: 'code', ...params }).toString()
    return decide(browser, await browser.get(url.href), who, more)
  }

  const register = async (metadata: Record<string, unknown>, headers = {}) =>
    send(`${base}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(metadata),
    })

  /** A public client that may refresh, with tokens of this person's. */
  const tokensOf = async (who: Person, more: Record<string, string> = {}) => {
    const registered = await register({ client_name: 'Notebook', redirect_uris: [redirectUri] })
    const { client_id: clientId } = (await registered.json()) as { client_id: string }
    const { verifier, challenge } = pkce()
    const browser = new Browser()
    const params = { client_id: clientId, redirect_uri: redirectUri, code_challenge: challenge, ...more }
    const { location, grantId } = await authorize(browser, who, { ...params, code_challenge_method: 'S256' })
    const code = location.searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: redirectUri }
    const response = await post('/oauth/token', { ...form, code_verifier: verifier })
    const tokens = (await response.json()) as Record<string, string>
    if (!response.ok) throw new Error(JSON.stringify(tokens))
    return { clientId, browser, tokens, code, verifier, grantId: grantId ?? '', form }
  }

  return { org, person, agent, authorize, decide, consent, register, tokensOf, stop: disconnect }
}

const idOf = (publicOne: string): string =>
  publicOne.slice(3).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

export type OauthRig = Awaited<ReturnType<typeof startOauth>>

export type Answered = { status: number; body: Record<string, unknown> }

/** Another process of the same deployment. */
export async function startTokenProcess() {
  const file = new URL('../../scripts/testing/oauth-process.ts', import.meta.url)
  const child = fork(file, { execArgv: ['--conditions=react-server'] })
  const next = <T>() =>
    new Promise<T>((resolve, reject) => {
      child.once('message', (message) => resolve(message as T))
      child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)))
    })
  await next()
  return {
    token: (
      form: Record<string, string>,
      times = 1,
      headers: Record<string, string> = {},
    ): Promise<Answered[]> => {
      const answers = next<Answered[]>()
      child.send({ form, headers, times })
      return answers
    },
    stop: () => child.connected && child.disconnect(),
  }
}
