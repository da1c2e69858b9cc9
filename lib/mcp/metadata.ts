import { config } from '#lib/config'
import { proofAlgorithms } from '#lib/identity'
import { parseId } from '#lib/ids'
import { externalId } from '#lib/tenancy/schema'

/** Every scope there is for access tokens. */
const scopes = ['tools:read', 'tools:write', 'accounts:read', 'executions:read', 'offline_access']

/** Whether something of ours is meant by the path. Whether an org or a toolset is there is told to nobody. */
function isResource(path: string): boolean {
  const [, one, two, id, ...rest] = path.split('/')
  if (rest.length > 0) return false
  if (one === 'api') return two === 'v1' && id === undefined
  if (one !== 'mcp') return false
  if (two === undefined) return true
  if (two === 'orgs') return externalId.safeParse(id).success
  return two === 'toolsets' && id !== undefined && parseId('agent_toolset', id) !== null
}

/**
 * What a client needs to know of one of our resources to get a token for it (RFC 9728 §2, RFC 8705 §3.3).
 * @param path of the resource, such as `/mcp/orgs/acme`
 * @returns `null` where there is no such resource
 */
export function protectedResource(path: string): Record<string, unknown> | null {
  if (!isResource(path)) return null
  const { publicUrl, trustedProxies } = config()
  return {
    resource: `${publicUrl}${path}`,
    resource_name: 'Behalf',
    authorization_servers: [`${publicUrl}/oauth`],
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: proofAlgorithms,
    // Only a proxy of ours is believed to have seen a client's certificate.
    tls_client_certificate_bound_access_tokens: trustedProxies.length > 0,
    authorization_details_types_supported: ['behalf_tool_call'],
    resource_documentation: `${publicUrl}/docs`,
  }
}
