// A server of the fixture profile: test-only, behind the product's own endpoint, which lets everybody in.
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { InMemoryServerEventBus, McpServer } from '@modelcontextprotocol/server'
import { createEndpoint } from '#lib/mcp'
import { freePort } from '../../postgres.ts'
import {
  registerPrompts,
  registerResources,
  registerRoundTrips,
  registerTools,
  registerTriggers,
  requestState,
} from './fixture-tools.ts'

/** @returns its address, and how to stop it */
export async function startFixture(): Promise<{ url: string; close: () => Promise<void> }> {
  const port = (await freePort(0)) ?? 0
  const bus = new InMemoryServerEventBus()
  const endpoint = createEndpoint({
    path: '/mcp',
    authenticate: async () => 'everybody',
    subjectOf: (who) => who,
    serve: ({ era }) => {
      const listChanged = era === 'modern'
      const mcp = new McpServer(
        { name: 'fixture', version: '1.0.0' },
        {
          capabilities: {
            logging: {},
            completions: {},
            tools: { listChanged },
            prompts: { listChanged },
            resources: { subscribe: true },
          },
          requestState: { verify: requestState.verify },
          cacheHints: { 'tools/list': { ttlMs: 30_000, cacheScope: 'private' } },
        },
      )
      registerTools(mcp)
      registerTriggers(mcp, bus)
      registerRoundTrips(mcp)
      registerResources(mcp)
      registerPrompts(mcp)
      // A 2025 client may watch a resource; nothing of the fixture's ever changes.
      if (era === 'legacy') {
        mcp.server.setRequestHandler('resources/subscribe', () => ({}))
        mcp.server.setRequestHandler('resources/unsubscribe', () => ({}))
      }
      return mcp
    },
    changes: () => bus,
    allowedOrigins: () => [`http://localhost:${port}`],
  })
  const listener = getRequestListener((request) => endpoint(request), { overrideGlobalObjects: false })
  const server = createServer((request, response) => {
    request.headers['x-behalf-peer'] = '127.0.0.1'
    void listener(request, response)
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return {
    url: `http://localhost:${port}/mcp`,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
