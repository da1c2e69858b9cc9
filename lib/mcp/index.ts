import { toolOfWireName } from '#lib/broker'
import { config } from '#lib/config'
import { type Entered, enter, type Place, tooNarrow } from './access.ts'
import { watchList } from './changes.ts'
import type { Deps } from './context.ts'
import { createEndpoint, type Message } from './endpoint/index.ts'
import { holdsScopeFor, type Shelf, scopeFor, shelfOf } from './tools/offered.ts'
import { callTool } from './tools/search.ts'
import { createToolServer, wholeList } from './tools/serve.ts'

export { createEndpoint } from './endpoint/index.ts'
export { protectedResource } from './metadata.ts'

/** The MCP server: the tools of the caller's connected accounts, over Streamable HTTP. */
export function createMcp(deps: Deps) {
  const shelf = async ({ look }: Entered): Promise<Shelf> => shelfOf(deps, await look())

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
      serve: (served) => createToolServer(deps, served, () => shelf(served.who)),
      changes: (entered) => watchList(async () => wholeList(await shelf(entered))),
      allowedOrigins: () => config().mcp.allowedOrigins,
    })

  return {
    all: endpoint('/mcp', () => ({ kind: 'all' })),
    org: endpoint('/mcp/orgs/{org_id}', ({ org = '' }) => ({ kind: 'org', org })),
    toolset: endpoint('/mcp/toolsets/{id}', ({ toolset = '' }) => ({ kind: 'toolset', toolset })),
  }
}
