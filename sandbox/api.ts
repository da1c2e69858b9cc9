import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, type Reply } from './answer.ts'
import type { Attachments } from './attachments.ts'
import { type Control, retryAfter } from './faults.ts'
import type { Keys } from './keys.ts'
import type { OAuth } from './oauth.ts'
import { findPerson } from './people.ts'
import { type Call, createRoutes, matchRoute, Refusal } from './routes.ts'
import type { TaskData } from './tasks.ts'

/** The workspaces that there are, each with an address of its own: `/t/{workspace}/api`. */
const workspaces: ReadonlySet<string> = new Set(['acme', 'globex'])

const realm = 'Bearer realm="acme-tasks"'
const windowMs = 60_000

/** The task API, a resource server in the sense of RFC 6750. */
export function createApi(
  oauth: OAuth,
  keys: Keys,
  control: Control,
  data: TaskData,
  attachments: Attachments,
) {
  const routes = createRoutes(data, attachments)
  const windows = new Map<string, { startedMs: number; calls: number }>()

  function spend(token: string): void {
    const now = Date.now()
    for (const [key, seen] of windows) if (now - seen.startedMs >= windowMs) windows.delete(key)
    const window = windows.get(token) ?? { startedMs: now, calls: 0 }
    windows.set(token, window)
    window.calls += 1
    if (window.calls <= control.faults.rate_limit_per_minute) return
    const seconds = Math.ceil((window.startedMs + windowMs - now) / 1000)
    throw new Refusal(429, 'rate_limited', 'too many requests', { 'retry-after': String(seconds) })
  }

  type Caller = Pick<Call, 'person' | 'endKey'>

  async function authenticate(
    req: IncomingMessage,
    scope: string | null,
    workspace: string | null,
  ): Promise<Caller> {
    const holder = keys.holderOf(req, workspace)
    if (holder === 'refused')
      throw new Refusal(401, 'invalid_credentials', 'the credential is unknown or over')
    if (holder) {
      if (scope !== null && !holder.scopes.has(scope))
        throw new Refusal(403, 'insufficient_scope', `this needs the scope ${scope}`)
      spend(holder.credential)
      return { person: holder.person, endKey: holder.end }
    }
    const [scheme, value] = (req.headers.authorization ?? '').split(' ')
    if (scheme?.toLowerCase() !== 'bearer' || !value) {
      throw new Refusal(401, 'missing_token', 'send a bearer token', { 'www-authenticate': realm })
    }
    const token = await oauth.findAccess(value)
    const person = token && findPerson(token.accountId)
    if (!token || !person) {
      const challenge = `${realm}, error="invalid_token", error_description="the access token is expired, revoked or unknown"`
      throw new Refusal(401, 'invalid_token', 'the access token is expired, revoked or unknown', {
        'www-authenticate': challenge,
      })
    }
    if (scope !== null && !token.scopes.has(scope)) {
      const challenge = `${realm}, error="insufficient_scope", scope="${scope}"`
      throw new Refusal(403, 'insufficient_scope', `this needs the scope ${scope}`, {
        'www-authenticate': challenge,
      })
    }
    spend(value)
    return { person, endKey: null }
  }

  /** Whether the faults of the moment are meant for this call. */
  async function isMeant(req: IncomingMessage): Promise<boolean> {
    const who = control.faults.api_faults_for
    if (who === null) return true
    const token = (req.headers.authorization ?? '').replace(/^Bearer /i, '')
    return (await oauth.findAccess(token))?.accountId === findPerson(who)?.id
  }

  async function reply(req: IncomingMessage, url: URL, meant: boolean): Promise<Reply> {
    try {
      const [, workspace = null, path = ''] = /^(?:\/t\/([a-z0-9-]{1,63}))?(\/.*)$/.exec(url.pathname) ?? []
      if (workspace !== null && !workspaces.has(workspace))
        throw new Refusal(404, 'not_found', 'there is no such workspace')
      const { route, objectId, partId } = matchRoute(routes, req.method ?? 'GET', path)
      control.countApi(`${route.method} ${route.pattern}`)
      const injected = meant ? control.takeStatus('api') : null
      if (injected) {
        const text = 'the control endpoint asked for this answer'
        throw new Refusal(injected.status, 'fault_injected', text, retryAfter(injected.retry_after))
      }
      const caller = await authenticate(req, route.scope, workspace)
      return await route.run({ req, ...caller, objectId, partId, query: url.searchParams })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { status, headers, code, message } = error
      return { status, headers, body: { error: { code, message } } }
    }
  }

  return async (req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> => {
    const meant = await isMeant(req)
    const drop = meant ? control.takeDrop() : null
    if (drop === 'before') return void res.socket?.destroy()
    const result = await reply(req, url, meant)
    if (drop === 'after') return void res.socket?.destroy()
    const body =
      control.faults.echo_token && result.body !== undefined
        ? { ...result.body, echo: { authorization: req.headers.authorization ?? null } }
        : result.body
    answer(res, { ...result, body }, meant ? control.takeBodyFault('api') : null)
  }
}
