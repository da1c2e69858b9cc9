import type { Connector, Tool } from '#lib/connector-kit'
import type { Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { isPinned, type Pin, pinsByAccount } from '#lib/scopes'
import type { SignedIn } from '../interaction.ts'
import type { Connectors, Offer } from './offers.ts'

const held: { connectors: Connectors } = { connectors: {} }

/** What tools there are now, to be told by the composition root: what was agreed to is held against it. */
export function reachTools(connectors: Connectors): void {
  held.connectors = connectors
}

const toolOf = (name: string): Tool | undefined => {
  const connector: Connector | undefined = held.connectors[name.slice(0, name.indexOf('.'))]
  return connector?.tools[name]
}

/** Whether any tool of a consent is another now than it was then. One that is there no more asks nobody. */
export const anyChanged = (kept: unknown): boolean =>
  Object.values(pinsByAccount(kept)).some((pins) =>
    Object.entries(pins).some(([name, pin]) => {
      const tool = toolOf(name)
      return tool !== undefined && !isPinned(pin, tool)
    }),
  )

/** The tools of an offer that are others now than they were when this person let this client use them. */
export async function changedSinceIn(
  tx: Tx,
  tenant: Tenant,
  { userId }: SignedIn,
  clientId: string,
  offers: readonly Offer[],
): Promise<ReadonlySet<Tool>> {
  const before = await tx.agent_grants.findFirst({
    where: { org_id: tenant.orgId, user_id: userId, client_id: clientId, revoked_at: null },
    orderBy: { id: 'desc' },
    select: { tools: true },
  })
  const pins = pinsByAccount(before?.tools)
  const changed = offers.flatMap(({ accountId, tools }) => {
    const own: Readonly<Record<string, Pin>> = pins[accountId] ?? {}
    return tools.filter((tool) => {
      const pin = Object.hasOwn(own, tool.name) ? own[tool.name] : undefined
      return pin !== undefined && !isPinned(pin, tool)
    })
  })
  return new Set(changed)
}
