// For the `.db.test.ts` files of this room: the real routes over real HTTP, and the clients of both eras.
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import { createAgentIn } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { freePort } from '../../scripts/postgres.ts'
import { issueToken } from '../../scripts/testing/access-tokens.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'

/** What a route does, whatever its own path parameters are called. */
type Handler = (request: Request, context: never) => Promise<Response>
type Route = Readonly<Partial<Record<'DELETE' | 'GET' | 'OPTIONS' | 'POST' | 'PUT', Handler>>>

/** The routes as Next finds them. */
async function routes() {
  const [all, org, toolset, metadata] = await Promise.all([
    import('../../app/mcp/route.ts'),
    import('../../app/mcp/orgs/[org]/route.ts'),
    import('../../app/mcp/toolsets/[toolset]/route.ts'),
    import('../../app/.well-known/oauth-protected-resource/[...path]/route.ts'),
  ])
  return (path: string): { route: Route; params: Record<string, string> } | null => {
    const [, orgId] = /^\/mcp\/orgs\/([^/]+)$/.exec(path) ?? []
    const [, toolsetId] = /^\/mcp\/toolsets\/([^/]+)$/.exec(path) ?? []
    if (path === '/mcp') return { route: all, params: {} }
    if (orgId) return { route: org, params: { org: orgId } }
    if (toolsetId) return { route: toolset, params: { toolset: toolsetId } }
    return path.startsWith('/.well-known/') ? { route: metadata, params: {} } : null
  }
}

/** Starts the product and its MCP endpoints; call it in `beforeAll`. */
export async function startMcp() {
  const practice: Practice = await startPractice()
  const found = await routes()
  const listener = getRequestListener(
    async (request) => {
      const { route, params } = found(new URL(request.url).pathname) ?? {}
      const handler = route?.[request.method as keyof Route]
      if (!handler) return new Response('no such route', { status: 404 })
      return handler(request, { params: Promise.resolve(params ?? {}) } as never)
    },
    { overrideGlobalObjects: false },
  )
  const port = (await freePort(0)) ?? 0
  const server: Server = createServer((request, response) => {
    request.headers['x-behalf-peer'] = '127.0.0.1'
    void listener(request, response)
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  const base = `http://127.0.0.1:${port}`
  const open: Client[] = []

  return {
    practice,
    base,
    /** A new agent of an org's. @returns `ag_…` */
    async newAgent(org: string, changed: Record<string, unknown> = {}): Promise<string> {
      const tenant = await practice.tenant(org)
      const { id } = await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))
      if (Object.keys(changed).length > 0)
        await forOrg(tenant, (tx) =>
          tx.agents.update({
            where: { org_id_id: { org_id: tenant.orgId, id: parseId('agent', id) ?? '' } },
            data: changed,
          }),
        )
      return id
    },
    /** `usr_…` of a user that the product knows as `user`. */
    async userId(org: string, user: string): Promise<string> {
      const tenant = await practice.tenant(org)
      const row = await forOrg(tenant, (tx) =>
        tx.end_users.findFirstOrThrow({ where: { external_id: user } }),
      )
      return publicId('end_user', row.id)
    },
    /** @param path of the endpoint that the token is for */
    token: (asked: Parameters<typeof issueToken>[0], path = '/mcp') =>
      issueToken({ resource: `${config().publicUrl}${path}`, ...asked }),
    /** A client that has said hello. */
    async connect(token: string, era: 'modern' | 'legacy', path = '/mcp', more: ClientOptions = {}) {
      const mode = era === 'modern' ? { pin: '2026-07-28' } : ('legacy' as const)
      const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode }, ...more })
      open.push(client)
      await client.connect(
        new StreamableHTTPClientTransport(new URL(path, base), {
          authProvider: { token: async () => token },
        }),
      )
      return client
    },
    /** A request as it goes over the wire. */
    async raw(path: string, init: RequestInit & { token?: string; body?: string } = {}): Promise<Response> {
      const { token, headers, ...rest } = init
      return fetch(new URL(path, base), {
        method: 'POST',
        ...rest,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(headers as Record<string, string>),
        },
      })
    },
    async stop() {
      await Promise.all(open.map((client) => client.close().catch(() => {})))
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await practice.stop()
    },
  }
}

export type McpRig = Awaited<ReturnType<typeof startMcp>>

type Result = {
  content?: unknown
  isError?: boolean
  structuredContent?: unknown
  _meta?: Record<string, unknown>
}

/** The words of a result. */
export const wordsOf = (result: unknown): string =>
  ((result as Result).content as { text?: string }[]).map(({ text }) => text ?? '').join('\n')

/** What a result says to programs. */
export const factsOf = (result: unknown): Record<string, unknown> =>
  ((result as Result)._meta?.['behalf.dev/result'] ?? {}) as Record<string, unknown>

/** One JSON-RPC request of 2025, as text. */
export const message = (method: string, params: Record<string, unknown> = {}, id: number | undefined = 1) =>
  JSON.stringify({ jsonrpc: '2.0', ...(id !== undefined && { id }), method, params })

export const initialize = (capabilities: Record<string, unknown> = {}) =>
  message('initialize', {
    protocolVersion: '2025-11-25',
    capabilities,
    clientInfo: { name: 'test', version: '1' },
  })
