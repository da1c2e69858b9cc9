import { config } from '#lib/config'
import { forOrg, lookupObject, lookupOrg } from '#lib/db'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { externalId } from '#lib/tenancy/schema'

// The resources are our own and no others (RFC 8707): a token is good at exactly one of them.

export type Resource =
  | { kind: 'api' | 'mcp'; tenant: null }
  | { kind: 'org'; tenant: Tenant }
  | { kind: 'toolset'; tenant: Tenant; toolsetId: string; agent: { orgId: string; id: string } | null }

/** Where a request names none. */
export const defaultResource = (): string => `${config().publicUrl}/api/v1`

/**
 * One of our resources by its address, spelt exactly as it is published.
 * @returns `null` for any other, and for an org or a toolset that is not there
 */
export async function findResource(uri: string): Promise<Resource | null> {
  const { publicUrl } = config()
  if (uri === `${publicUrl}/api/v1`) return { kind: 'api', tenant: null }
  const mcp = `${publicUrl}/mcp`
  if (uri === mcp) return { kind: 'mcp', tenant: null }
  const [kind, name, ...rest] = uri.startsWith(`${mcp}/`) ? uri.slice(mcp.length + 1).split('/') : []
  if (name === undefined || name === '' || rest.length > 0) return null
  if (kind === 'toolsets') return findToolset(name)
  const org = kind === 'orgs' ? decoded(name) : null
  // Of two spellings of one name only the published one counts: a token's audience is compared as text.
  if (org === null || encodeURIComponent(org) !== name || !externalId.safeParse(org).success) return null
  const tenant = await lookupOrg(org)
  return tenant && { kind: 'org', tenant }
}

async function findToolset(publicId: string): Promise<Resource | null> {
  const id = parseId('agent_toolset', publicId)
  const tenant = id && (await lookupObject('agent_toolset', id))
  if (!id || !tenant) return null
  const row = await forOrg(tenant, (tx) =>
    tx.agent_toolsets.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } }),
  )
  if (!row) return null
  const agent = row.agent_org_id && row.agent_id ? { orgId: row.agent_org_id, id: row.agent_id } : null
  return { kind: 'toolset', tenant, toolsetId: id, agent }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
