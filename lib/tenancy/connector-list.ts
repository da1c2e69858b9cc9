import { deployment, forOrg, type Prisma, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { type ConnectorList, connectorList } from './schema.ts'

const everything: ConnectorList = { mode: 'all', order: [], hidden: [] }

const ownList = (tenant: Tenant): Promise<ConnectorList | null> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.organizations.findUnique({ where: { id: tenant.orgId }, select: { settings: true } })
    const stored = (row?.settings ?? {}) as { connectors?: unknown }
    return connectorList.safeParse(stored.connectors).data ?? null
  })

/** Which connectors an org offers: by its own list, else by the deployment's, else all. */
export async function connectorListOf(
  tenant: Tenant,
): Promise<ConnectorList & { from: 'organization' | 'deployment' | 'default' }> {
  const own = await ownList(tenant)
  if (own) return { ...own, from: tenant.orgId === deployment.orgId ? 'deployment' : 'organization' }
  const shared = tenant.orgId === deployment.orgId ? null : await ownList(deployment)
  return shared ? { ...shared, from: 'deployment' } : { ...everything, from: 'default' }
}

/** The ids that a list lets be offered, in its order: those it puts first, then the others as they come. */
export function inListOrder({ mode, order, hidden }: ConnectorList, ids: readonly string[]): string[] {
  const first = order.filter((id) => ids.includes(id))
  const rest = mode === 'only' ? [] : ids.filter((id) => !first.includes(id))
  return [...first, ...rest].filter((id) => !hidden.includes(id))
}

/** @param list `null` goes back to the deployment's, or to all */
export async function setConnectorListIn(tx: Tx, tenant: Tenant, list: ConnectorList | null): Promise<void> {
  const row = await tx.organizations.findUniqueOrThrow({ where: { id: tenant.orgId } })
  const { connectors: _, ...others } = row.settings as Record<string, unknown>
  const settings = { ...others, ...(list && { connectors: list }) } as Prisma.InputJsonObject
  await tx.organizations.update({ where: { id: tenant.orgId }, data: { settings, updated_at: new Date() } })
}
