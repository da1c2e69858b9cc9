import { toolOfWireName } from '#lib/broker'
import { config } from '#lib/config'
import { type Entered, enter, type Place, tooNarrow } from './access.ts'
import { watchList } from './changes.ts'
import type { Deps } from './context.ts'
import { createEndpoint, type Message } from './endpoint/index.ts'
import { holdsScopeFor, offeredTo, scopeFor } from './tools/offered.ts'
import { callTool } from './tools/search.ts'
import { createToolServer, definitionsOf, type Offer } from './tools/serve.ts'
import { readView } from './view.ts'

export { type Place, pathOf, resourceOf } from './access.ts'
export { createEndpoint } from './endpoint/index.ts'
export { protectedResource } from './metadata.ts'

/** The MCP server: the tools of the caller's connected accounts, over Streamable HTTP. */
export function createMcp(deps: Deps) {
  async function offerOf({ caller, toolsetId }: Entered): Promise<Offer> {
    const view = await readView(caller, toolsetId)
    const asked = { tenant: view.tenant, caller, userId: view.userId }
    const tools = await deps.broker.listTools(asked, {})
    const all = offeredTo(view, tools).sort((one, other) => (one.tool.name < other.tool.name ? -1 : 1))
    return { view, all }
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
