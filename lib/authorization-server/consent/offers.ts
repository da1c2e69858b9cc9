import type { Connector, Tool } from '#lib/connector-kit'
import type { Tx } from '#lib/db'
import { isAdmittedIn } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { forbiddenToolsIn } from '#lib/policy'
import type { Tenant } from '#lib/proof'
import { lendableIn, reachOf } from '#lib/scopes'
import { type AuthorizationDetail, authorizationDetails } from '#lib/scopes/schema'
import type { Interaction, SignedIn } from '../interaction.ts'

/** An account with the tools that a client could be let use on it. */
export type Offer = {
  /** Internal. */
  accountId: string
  label: string
  connector: Connector
  tools: readonly Tool[]
}

export type Connectors = Readonly<Record<string, Connector>>

/** The details of a request (RFC 9396) as we understand them; one that we do not is none that admits anything. */
export const detailsOf = ({ authorizationDetails: asked }: Interaction): AuthorizationDetail[] => {
  if (asked.length === 0) return []
  const parsed = authorizationDetails.safeParse(asked)
  return parsed.success ? parsed.data : [{ type: 'behalf_tool_call', tools: ['none.none'] }]
}

const names = (patterns: readonly string[] | undefined, tool: string): boolean =>
  patterns === undefined ||
  patterns.some((one) => (one.endsWith('.*') ? tool.startsWith(one.slice(0, -1)) : one === tool))

/** What an agent may reach at all, as its admins said; `null` for no restriction. */
type Reachable = {
  connectors: readonly string[] | null
  tools: readonly string[] | null
  /** An admin has disabled it here, or it is another org's. */
  blocked: boolean
}

async function reachableIn(tx: Tx, tenant: Tenant, clientId: string): Promise<Reachable> {
  const internal = parseId('agent', clientId)
  const row = internal
    ? await tx.agents.findFirst({ where: { id: internal } })
    : await tx.agents.findFirst({ where: { org_id: tenant.orgId, client_id: clientId } })
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : null)
  const out = row ? row.disabled_at !== null || !(await isAdmittedIn(tx, tenant, row)) : internal !== null
  return { connectors: list(row?.connectors), tools: list(row?.tools), blocked: out }
}

/**
 * What a person can let this client do now: the tools that their own consents, ceilings and their org's policies permit
 * already, as far as the client asks for them. A consent to a client only ever narrows.
 * @returns `blocked` for a client that an admin does not let in
 */
export async function offersIn(
  connectors: Connectors,
  tx: Tx,
  tenant: Tenant,
  { userId }: SignedIn,
  interaction: Interaction,
): Promise<Offer[] | 'blocked'> {
  const { scopes, client } = interaction
  const effects = scopes.includes('tools:write') ? 'all' : scopes.includes('tools:read') ? 'read' : 'none'
  const details = detailsOf(interaction)
  const standing = await lendableIn(tx, tenant, userId)
  const reachable = await reachableIn(tx, tenant, client.clientId)
  if (reachable.blocked) return 'blocked'
  const labels = await tx.connected_accounts.findMany({
    where: { org_id: tenant.orgId, id: { in: standing.accounts.map(({ id }) => id) } },
    select: { id: true, label: true },
  })
  const offers = standing.accounts.flatMap((account): Offer[] => {
    const connector = connectors[account.connector]
    if (!connector || !(reachable.connectors?.includes(connector.id) ?? true)) return []
    const about = publicId('connected_account', account.id)
    const admitted = details.filter(({ connected_account_ids: ids }) => ids?.includes(about) ?? true)
    if (details.length > 0 && admitted.length === 0) return []
    const alone = { accounts: [account], ceilings: standing.ceilings }
    const tools = Object.values(connector.tools).filter(
      (tool) =>
        (effects === 'all' || (effects === 'read' && tool.effect === 'read')) &&
        (reachable.tools === null || names(reachable.tools, tool.name)) &&
        (details.length === 0 || admitted.some((detail) => names(detail.tools, tool.name))) &&
        reachOf(alone, connector, tool).available,
    )
    const label = labels.find(({ id }) => id === account.id)?.label ?? ''
    return tools.length > 0 || effects === 'none' ? [{ accountId: account.id, label, connector, tools }] : []
  })
  const all = offers.flatMap(({ tools }) => tools)
  const forbidden = all.length > 0 ? await forbiddenToolsIn(tx, tenant, all) : new Set<string>()
  return offers
    .map((offer) => ({ ...offer, tools: offer.tools.filter(({ name }) => !forbidden.has(name)) }))
    .filter(({ tools }) => tools.length > 0 || effects === 'none')
}
