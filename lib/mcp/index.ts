import { noteChangedTools, toolOfWireName } from '#lib/broker'
import { config } from '#lib/config'
import type { AgentCaller } from '#lib/identity'
import { type Entered, enter, type Place, tooNarrow } from './access.ts'
import { watchList } from './changes.ts'
import type { Deps } from './context.ts'
import { createEndpoint, type Message } from './endpoint/index.ts'
import { changedOf, holdsScopeFor, type Shelf, scopeFor, shelfOf } from './tools/offered.ts'
import { callTool } from './tools/search.ts'
import { createToolServer, wholeList } from './tools/serve.ts'

export { createEndpoint } from './endpoint/index.ts'
export { protectedResource } from './metadata.ts'

const whoIs = ({ reach, agentOrgId, agentId, userId }: AgentCaller): readonly (string | null)[] => [
  reach.orgId,
  agentOrgId,
  agentId,
  userId,
]

/** The MCP server: the tools of the caller's connected accounts, over Streamable HTTP. */
export function createMcp(deps: Deps) {
  // What was looked at to admit a call is what it is made by: nothing is read twice for it.
  const looked = new WeakMap<Entered, Shelf>()
  async function shelf(entered: Entered): Promise<Shelf> {
    const found = looked.get(entered)
    looked.delete(entered)
    return found ?? shelfOf(deps, await entered.look())
  }

  /** Before the protocol answers, as only then can it be answered by the status that clients take for a challenge. */
  async function admit(entered: Entered, { method, params }: Message): Promise<void> {
    const { caller, place } = entered
    if (method !== 'tools/call') return
    const inner = params.name === callTool ? (params.arguments as { name?: unknown })?.name : params.name
    if (typeof inner !== 'string') return
    const { permissions } = caller
    if (!permissions) return
    const [tool] = await deps.broker.listTools(null, { names: [toolOfWireName(inner)] })
    if (!tool) return
    if (!holdsScopeFor(permissions, tool)) throw tooNarrow(place, permissions, scopeFor(tool))
    if (!caller.grantId) return
    const now = await shelf(entered)
    looked.set(entered, now)
    const changed = changedOf(deps.connectors, now, tool.name)
    if (!changed) return
    await noteChangedTools(caller.reach, caller.grantId, [changed])
    const why = `${changed.name} changed since the user agreed to it, so they have to be asked again`
    throw tooNarrow(place, permissions, scopeFor(changed), why)
  }

  const endpoint = (path: string, placeOf: (params: Readonly<Record<string, string>>) => Place) =>
    createEndpoint<Entered>({
      path,
      authenticate: (request, params) => enter(request, placeOf(params)),
      subjectOf: ({ caller, place }) => JSON.stringify([...whoIs(caller), place]),
      admit,
      serve: (served) => createToolServer(deps, served, () => shelf(served.who)),
      changes: (entered) => watchList(async () => wholeList(await shelf(entered))),
      lasting: ({ caller, expiresAt, inForce }) => ({
        caller: JSON.stringify(whoIs(caller)),
        endsAt: expiresAt,
        inForce,
      }),
      allowedOrigins: () => config().mcp.allowedOrigins,
    })

  return {
    all: endpoint('/mcp', () => ({ kind: 'all' })),
    org: endpoint('/mcp/orgs/{org_id}', ({ org = '' }) => ({ kind: 'org', org })),
    toolset: endpoint('/mcp/toolsets/{id}', ({ toolset = '' }) => ({ kind: 'toolset', toolset })),
  }
}
