import { toolOfWireName } from '#lib/broker'
import { config } from '#lib/config'
import { type Entered, enter, type Place, tooNarrow } from './access.ts'
import { watchList } from './changes.ts'
import type { Deps } from './context.ts'
import { createEndpoint, type Message } from './endpoint/index.ts'
import { holdsScopeFor, type Offered, offeredTo, scopeFor } from './tools/offered.ts'
import { callTool } from './tools/search.ts'
import { createToolServer, definitionsOf, type Offer } from './tools/serve.ts'

export { type Place, pathOf, resourceOf } from './access.ts'
export { createEndpoint } from './endpoint/index.ts'
export { protectedResource } from './metadata.ts'

// Where each tool stands among all, by name: found once, as sorting thousands for every list would be what it costs.
let ranks: ReadonlyMap<string, number> = new Map()

/** The same list by name, which its pages are cut by. */
function inOrder(offered: readonly Offered[]): Offered[] {
  if (offered.some(({ tool }) => !ranks.has(tool.name))) {
    const names = [...new Set([...ranks.keys(), ...offered.map(({ tool }) => tool.name)])].sort()
    ranks = new Map(names.map((name, at) => [name, at]))
  }
  const placed = new Array<Offered | undefined>(ranks.size)
  for (const one of offered) placed[ranks.get(one.tool.name) ?? 0] = one
  return placed.filter((one) => one !== undefined)
}

/** The MCP server: the tools of the caller's connected accounts, over Streamable HTTP. */
export function createMcp(deps: Deps) {
  async function offerOf({ caller, look }: Entered): Promise<Offer> {
    const view = await look()
    const asked = { tenant: view.tenant, caller, userId: view.userId }
    const tools = await deps.broker.listTools(asked, {})
    return { view, all: inOrder(offeredTo(view, tools)) }
  }

  /** Before the protocol answers, as only then can it be answered by the status that clients take for a challenge. */
  async function admit({ caller, place }: Entered, { method, params }: Message): Promise<void> {
    if (method !== 'tools/call') return
    const inner = params.name === callTool ? (params.arguments as { name?: unknown })?.name : params.name
    if (typeof inner !== 'string') return
    const { permissions } = caller
    if (!permissions) return
    const [tool] = await deps.broker.listTools(null, { names: [toolOfWireName(inner)] })
    if (tool && !holdsScopeFor(permissions, tool)) throw tooNarrow(place, permissions, scopeFor(tool))
  }

  const endpoint = (path: string, placeOf: (params: Readonly<Record<string, string>>) => Place) =>
    createEndpoint<Entered>({
      path,
      authenticate: (request, params) => enter(request, placeOf(params)),
      subjectOf: ({ caller, place }) =>
        JSON.stringify([caller.reach.orgId, caller.agentOrgId, caller.agentId, caller.userId, place]),
      admit,
      serve: (served) => createToolServer(deps, served, () => offerOf(served.who)),
      changes: (entered) =>
        watchList(async () => definitionsOf(await offerOf(entered), config().mcp.listMax)),
      allowedOrigins: () => config().mcp.allowedOrigins,
    })

  return {
    all: endpoint('/mcp', () => ({ kind: 'all' })),
    org: endpoint('/mcp/orgs/{org_id}', ({ org = '' }) => ({ kind: 'org', org })),
    toolset: endpoint('/mcp/toolsets/{id}', ({ toolset = '' }) => ({ kind: 'toolset', toolset })),
  }
}
