// For `.db.test.ts` files: the API as a client reaches it, over HTTP and by its own handlers, with a practice provider.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type Practice, rootKey, startPractice } from '../scripts/testing/practice.ts'
import { createClient } from './index.ts'

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>
type Routes = Partial<Record<string, Handler>>

const load: Record<string, () => Promise<unknown>> = {
  '/api/v1/agents': () => import('../app/api/v1/agents/route.ts'),
  '/api/v1/agents/{id}': () => import('../app/api/v1/agents/[id]/route.ts'),
  '/api/v1/agents/{id}/credentials': () => import('../app/api/v1/agents/[id]/credentials/route.ts'),
  '/api/v1/agents/{id}/disable': () => import('../app/api/v1/agents/[id]/disable/route.ts'),
  '/oauth/token': () => import('../app/oauth/[...path]/route.ts'),
  '/api/v1/api_keys': () => import('../app/api/v1/api_keys/route.ts'),
  '/api/v1/approvals': () => import('../app/api/v1/approvals/route.ts'),
  '/api/v1/approvals/{id}': () => import('../app/api/v1/approvals/[id]/route.ts'),
  '/api/v1/approvals/{id}/approve': () => import('../app/api/v1/approvals/[id]/approve/route.ts'),
  '/api/v1/approvals/{id}/deny': () => import('../app/api/v1/approvals/[id]/deny/route.ts'),
  '/api/v1/audit_events': () => import('../app/api/v1/audit_events/route.ts'),
  '/api/v1/connect_sessions': () => import('../app/api/v1/connect_sessions/route.ts'),
  '/api/v1/connect_sessions/{id}': () => import('../app/api/v1/connect_sessions/[id]/route.ts'),
  '/api/v1/connect_sessions/{id}/confirm': () =>
    import('../app/api/v1/connect_sessions/[id]/confirm/route.ts'),
  '/api/v1/connected_accounts': () => import('../app/api/v1/connected_accounts/route.ts'),
  '/api/v1/connected_accounts/{id}': () => import('../app/api/v1/connected_accounts/[id]/route.ts'),
  '/api/v1/connected_accounts/{id}/connections': () =>
    import('../app/api/v1/connected_accounts/[id]/connections/route.ts'),
  '/api/v1/connected_accounts/{id}/revoke': () =>
    import('../app/api/v1/connected_accounts/[id]/revoke/route.ts'),
  '/api/v1/connections/{id}/receipt': () => import('../app/api/v1/connections/[id]/receipt/route.ts'),
  '/api/v1/executions': () => import('../app/api/v1/executions/route.ts'),
  '/api/v1/executions/{id}': () => import('../app/api/v1/executions/[id]/route.ts'),
  '/api/v1/orgs/{id}/sso_keys': () => import('../app/api/v1/orgs/[id]/sso_keys/route.ts'),
  '/api/v1/policies': () => import('../app/api/v1/policies/route.ts'),
  '/api/v1/policy_versions': () => import('../app/api/v1/policy_versions/route.ts'),
  '/api/v1/policy_versions/{id}/publish': () => import('../app/api/v1/policy_versions/[id]/publish/route.ts'),
  '/api/v1/tools': () => import('../app/api/v1/tools/route.ts'),
  '/api/v1/tools/execute': () => import('../app/api/v1/tools/execute/route.ts'),
  '/api/v1/tools/requirements': () => import('../app/api/v1/tools/requirements/route.ts'),
}

const routes = Object.entries(load).map(([path, open]) => {
  const shape = new RegExp(`^${path.replace('{id}', '(?<id>[^/]+)')}$`)
  return { shape, open }
})

async function serve(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  for (const { shape, open } of routes) {
    const match = shape.exec(pathname)
    const handler = match && ((await open()) as Routes)[request.method]
    if (handler) return handler(request, { params: Promise.resolve({ ...match.groups }) })
  }
  throw new Error(`the tests of the client serve no ${request.method} ${pathname}`)
}

export type Api = Awaited<ReturnType<typeof startApi>>

/** Call it in `beforeAll`, and `close` in `afterAll`. */
export async function startApi() {
  const practice: Practice = await startPractice()
  const listener = getRequestListener(serve, { overrideGlobalObjects: false })
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    practice,
    baseUrl,
    behalf: createClient({ baseUrl, key: rootKey }),
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await practice.stop()
    },
  }
}
