// What the list of tools costs over MCP where there are 5,000: the whole way from a request to its answer, in one process,
// over a database of its own.
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Connector, Tool } from '#lib/connector-kit'
import { step } from '../scripts/install.mjs'
import { migrate } from '../scripts/migrate.ts'
import { startPostgres } from '../scripts/postgres.ts'
import { throwawayFolder } from '../scripts/testing/throwaway.ts'
import { latencyOf } from './figures.ts'

const toolsMade = 5_000
/** What is asked of the list, in milliseconds. */
const listP50MsMax = 50

const verbs = ['list', 'get', 'create', 'update', 'delete'] as const
const effects = { list: 'read', get: 'read', create: 'write', update: 'write', delete: 'delete' } as const

/** As rich in arguments as those of the providers' are. */
function made(n: number): Tool {
  const verb = verbs[n % verbs.length] ?? 'list'
  return {
    name: `sandbox.${verb}_thing_${n}`,
    title: `${verb} things of kind ${n}`,
    description: `Does ${verb} with the things of kind ${n} in one project, as whoever connected the account may.`,
    scopes: [['tasks:read']],
    effect: effects[verb],
    idempotent: verb !== 'create',
    input: z.strictObject({
      project_id: z.string().min(1).max(100).describe('Id of the project'),
      title: z.string().max(500).describe('What it is called').optional(),
      labels: z.array(z.string().max(50)).max(20).describe('Labels that all have to be there').optional(),
      state: z.enum(['open', 'closed', 'all']).default('open'),
      limit: z.int().min(1).max(100).default(20).describe('Most items to answer'),
    }),
    output: z.object({ items: z.array(z.object({ id: z.string(), title: z.string(), done: z.boolean() })) }),
    run: async () => ({ items: [] }),
  } as Tool
}

/** The product with 5,000 tools at the practice provider, an agent that may use them, and its token. */
async function start(folder: string) {
  const postgres = await startPostgres({ dataDir: join(folder, 'data'), throwaway: true })
  const adminUrl = await postgres.adminUrl('bench')
  await migrate({ adminUrl, runtimeUrl: postgres.runtimeUrl('bench') })
  Object.assign(process.env, {
    DATABASE_URL: postgres.runtimeUrl('bench'),
    BEHALF_MASTER_KEY: randomBytes(32).toString('base64'),
    BEHALF_SESSION_SECRET: randomBytes(32).toString('base64url'),
    BEHALF_MCP_LIST_MAX: String(2 * toolsMade),
    BEHALF_DATA_DIR: folder,
    LOG_LEVEL: 'error',
  })
  const { startPractice } = await import('../scripts/testing/practice.ts')
  const practice = await startPractice()
  const [{ connectors }, { createBroker }, { createMcp }, { createAgentIn }, { forOrg }, { issueToken }] =
    await Promise.all([
      import('#runtime'),
      import('#lib/broker'),
      import('#lib/mcp'),
      import('#lib/identity'),
      import('#lib/db'),
      import('../scripts/testing/access-tokens.ts'),
    ])
  const { config } = await import('#lib/config')
  const { publicId } = await import('#lib/ids')
  await practice.session({ org_id: 'acme', user_id: 'ana' })
  const tenant = await practice.tenant('acme')
  const agent = await forOrg(tenant, (tx) => createAgentIn(tx, tenant, { name: 'Mira' }))
  await practice.connectAccount({ org: 'acme', user: 'ana', agents: [agent.id] })
  const user = await forOrg(tenant, (tx) => tx.end_users.findFirstOrThrow({ where: { external_id: 'ana' } }))
  const tools = Object.fromEntries(Array.from({ length: toolsMade }, (_, n) => [made(n).name, made(n)]))
  const sandbox = connectors.sandbox as Connector
  const catalogue = { ...connectors, sandbox: { ...sandbox, tools } }
  const egress = { request: () => Promise.reject(new Error('nothing is called here')) } as never
  const broker = createBroker({ connectors: catalogue, tools, egress, connectUrl: async () => null })
  const mcp = createMcp({
    connectors: catalogue,
    broker,
    invite: async () => null,
    showApproval: () => Promise.reject(new Error('nothing waits here')),
  })
  const token = await issueToken({
    org: 'acme',
    agent: agent.id,
    user: publicId('end_user', user.id),
    resource: `${config().publicUrl}/mcp`,
  })
  const ask = async (method: string, params: Record<string, unknown> = {}) => {
    const prefix = 'io.modelcontextprotocol'
    const _meta = {
      [`${prefix}/protocolVersion`]: '2026-07-28',
      [`${prefix}/clientInfo`]: { name: 'bench', version: '1' },
      [`${prefix}/clientCapabilities`]: {},
    }
    const response = await mcp.all(
      new Request(`${config().publicUrl}/mcp`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(typeof params.name === 'string' && { 'mcp-name': params.name }),
          'x-behalf-peer': '127.0.0.1',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
      }),
    )
    if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`)
    return (await response.json()).result
  }
  const stop = async () => {
    await practice.stop()
    await postgres.stop()
  }
  return { ask, stop }
}

async function timed(count: number, work: () => Promise<unknown>) {
  for (let n = 0; n < count / 5; n++) await work()
  const latencies: number[] = []
  const before = process.cpuUsage()
  for (let n = 0; n < count; n++) {
    const begun = performance.now()
    await work()
    latencies.push(performance.now() - begun)
  }
  const { user, system } = process.cpuUsage(before)
  return { ...latencyOf(latencies), cpuMs: (user + system) / 1000 / count }
}

/** @returns whether the bar was met */
export async function benchMcp(count: number): Promise<boolean> {
  const folder = throwawayFolder('behalf-bench-')
  const { ask, stop } = await step('Starting with 5,000 tools', () => start(folder))
  try {
    const walk = async () => {
      let tools = 0
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const page = await ask('tools/list', cursor === undefined ? {} : { cursor })
        tools += page.tools.length
        cursor = page.nextCursor
      }
      return tools
    }
    const listed = await walk()
    if (listed !== toolsMade + 1) throw new Error(`${listed} tools were listed`)
    const page = await timed(count, () => ask('tools/list'))
    const all = await timed(Math.ceil(count / 20), walk)
    const line = (name: string, { p50Ms, p95Ms, cpuMs }: typeof page) =>
      console.log(
        `${name.padEnd(36)} p50 ${p50Ms.toFixed(1)} ms   p95 ${p95Ms.toFixed(1)} ms   processor ${cpuMs.toFixed(1)} ms`,
      )
    line(`tools/list, a page of ${toolsMade} tools`, page)
    line(`tools/list, all ${toolsMade} page by page`, all)
    const met = page.p50Ms <= listP50MsMax
    console.log(`${met ? 'met' : 'MISSED'}: p50 of the list at most ${listP50MsMax} ms`)
    return met
  } finally {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
