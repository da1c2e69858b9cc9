import { z } from 'zod'
import type { Connector, Tool } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorsOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { stoppedToolsIn } from '#lib/limits'
import { factsOf, forbiddenToolsIn, noUsage, outlookOf } from '#lib/policy'
import type { Caller, CallFacts } from '#lib/proof'
import { expand, type Standing } from '#lib/scopes'
import { callerFact } from './caller-fact.ts'
import type { Deps } from './context.ts'
import type { AgentRead } from './facts.ts'
import type { Asked } from './list.ts'
import { agentFact, allUse, tokenAllows } from './within-agents.ts'

/**
 * Why a caller is refused a tool whatever it would call it with; `agent` is what an admin lets it use, `token` what its
 * token was given.
 */
export type Refused = 'policy' | 'stopped' | 'agent' | 'token'

/** What is known of a call before it is made, but for its account and its tool. */
type About = Pick<CallFacts, 'caller' | 'agent' | 'actors' | 'user'> & {
  agents: readonly AgentRead[]
  org: { id: string; timezone: string | null }
  stopped: ReadonlySet<string>
}

/**
 * The tools that are refused to a caller as calls would be refused: by a stop, or by what policy says of every call.
 * Without a user it is the rules of the organization alone that are asked, not its policies in code.
 * @throws AppError `forbidden` for an agent that is disabled
 */
export async function refusedTools(
  deps: Deps,
  asked: Asked,
  standing: Standing | null,
  tools: readonly Tool[],
): Promise<ReadonlyMap<string, Refused>> {
  const { tenant } = asked
  const about = await forOrg(tenant, (tx) => aboutIn(tx, asked, tools))
  const forbidden =
    asked.userId === null
      ? await forOrg(tenant, (tx) => forbiddenToolsIn(tx, tenant, tools))
      : new Set<string>()
  const refuses = asked.userId === null ? null : await outlookOf(tenant)
  const refused = new Map<string, Refused>()
  for (const tool of tools) {
    const connector = deps.connectors[tool.name.slice(0, tool.name.indexOf('.'))]
    const always = refuses && connector && (await every(callsOf(about, connector, tool, standing), refuses))
    if (!allUse(about.agents, tool)) refused.set(tool.name, 'agent')
    else if (!tokenAllows(asked.caller, tool)) refused.set(tool.name, 'token')
    else if (forbidden.has(tool.name) || always) refused.set(tool.name, 'policy')
    else if (about.stopped.has(tool.name)) refused.set(tool.name, 'stopped')
  }
  return refused
}

async function every(calls: readonly CallFacts[], refuses: (facts: CallFacts) => Promise<boolean>) {
  for (const facts of calls) if (!(await refuses(facts))) return false
  return calls.length > 0
}

async function aboutIn(tx: Tx, { tenant, caller, userId }: Asked, tools: readonly Tool[]): Promise<About> {
  const { orgId } = tenant
  const user =
    userId === null
      ? null
      : await tx.end_users.findFirst({
          where: { org_id: orgId, external_id: userId, deleted_at: null },
          select: { groups: true },
        })
  const org = await tx.organizations.findUnique({ where: { id: orgId }, select: { timezone: true } })
  const whose = { agentId: caller.kind === 'agent' ? caller.agentId : null, userExternalId: userId ?? '' }
  const names = tools.map(({ name }) => name)
  const agents = await agentsIn(tx, caller)
  return {
    caller: callerFact(caller),
    agents,
    agent: agentFact(agents, caller),
    actors: actorsOf(caller),
    user: { id: userId ?? '', groups: user?.groups ?? [] },
    org: { id: tenant.externalId, timezone: org?.timezone ?? null },
    stopped: await stoppedToolsIn(tx, tenant, whose, names),
  }
}

/** The agents that a call would go through. @throws AppError `forbidden` where one of them is not in force */
async function agentsIn(tx: Tx, caller: Caller): Promise<AgentRead[]> {
  if (caller.kind !== 'agent') return []
  const through = [caller, ...(caller.via ?? [])]
  const rows = await tx.agents.findMany({
    where: {
      disabled_at: null,
      OR: through.map(({ agentOrgId, agentId }) => ({ org_id: agentOrgId, id: agentId })),
    },
  })
  if (rows.length < through.length) throw new AppError('forbidden', { detail: 'This agent is disabled.' })
  return rows.map(({ id, name, owner, purpose, team, environment, connectors, tools }) => ({
    ...{ uuid: id, name, owner, purpose, team, environment },
    connectors: names.parse(connectors),
    tools: names.parse(tools),
  }))
}

const names = z.array(z.string()).nullable()

/** No account has this id: for a user who would have to connect first. */
const noAccount = 'ca_none'

/** The calls that there may be of a tool, as far as they differ before they are made: by account, and by the scopes used. */
function callsOf(
  { caller, agent, actors, user, org }: About,
  connector: Connector,
  tool: Tool,
  standing: Standing | null,
): CallFacts[] {
  const own = standing?.accounts.filter((account) => account.connector === connector.id) ?? []
  const alternatives = tool.scopes.length > 0 ? tool.scopes : [[]]
  const accounts = own.map(({ id, connection }) => {
    const held = expand(connection?.scopes_granted ?? [], connector.implies)
    const granted = alternatives.filter((all) => all.every((scope) => held.has(scope)))
    const uses = granted.length > 0 ? granted : alternatives
    return { account: publicId('connected_account', id), uses }
  })
  const meant = accounts.length > 0 ? accounts : [{ account: noAccount, uses: alternatives }]
  return meant.flatMap(({ account, uses }) =>
    uses.map((scopes) =>
      factsOf({
        caller,
        agent,
        actors,
        user,
        org,
        account,
        // What a call would name at the provider is in its params.
        connector: { id: connector.id, scopes: connector.scopes, resources: {} },
        tool,
        params: {},
        scopes,
        time: new Date(),
        ip: null,
        usage: noUsage,
      }),
    ),
  )
}
