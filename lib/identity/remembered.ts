import { config } from '#lib/config'
import { deployment, forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Caller, Tenant } from '#lib/proof'
import { standingIn } from './access-token/standing.ts'
import { toolsetBehind } from './agents/toolsets.ts'

/** Who made a call, as it is kept beside a call that waits. Internal ids; no credential. */
export type Remembered = { type: 'api_key' | 'root_key'; id: string } | RememberedAgent

type RememberedAgent = {
  type: 'agent'
  id: string
  agent_org_id: string
  user_id: string | null
  via?: readonly { agent_org_id: string; id: string }[]
  grant_id?: string
  permissions?: readonly string[]
  authorization_details?: readonly Readonly<Record<string, unknown>>[]
  /** Where its token was good at (RFC 8707): the toolset that it called through, where it is one. */
  resource?: string
  /** SHA-256 of the `jti` of the token that asked, base64url. */
  token?: string
}

/** @throws AppError `forbidden` for a caller whose calls cannot be made later */
export function remember(caller: Caller): Remembered {
  if (caller.kind === 'key')
    return caller.keyId === null ? { type: 'root_key', id: 'root' } : { type: 'api_key', id: caller.keyId }
  if (caller.kind === 'agent') {
    const { via = [], grantId, permissions, authorizationDetails, resource, tokenDigest } = caller
    return {
      ...{ type: 'agent', id: caller.agentId, agent_org_id: caller.agentOrgId, user_id: caller.userId },
      ...(via.length > 0 && {
        via: via.map(({ agentOrgId, agentId }) => ({ agent_org_id: agentOrgId, id: agentId })),
      }),
      ...(grantId && { grant_id: grantId }),
      ...(permissions && { permissions }),
      ...(authorizationDetails && { authorization_details: authorizationDetails }),
      ...(resource !== undefined && { resource }),
      ...(tokenDigest !== undefined && { token: tokenDigest }),
    }
  }
  throw new AppError('forbidden', { detail: 'Only a key or an agent can ask for an approval.' })
}

/**
 * The caller of a call that has waited, as far as it may still call: what ended meanwhile stays ended.
 * @throws AppError `forbidden` when the key or the agent is not in force any more
 */
export async function callerAgain(tenant: Tenant, who: Remembered): Promise<Caller> {
  if (who.type === 'agent') return agentAgain(tenant, who)
  if (who.type === 'root_key') {
    const { rootKey, rootKeyMayExecute } = config()
    if (rootKey === null || !rootKeyMayExecute)
      throw over('The root key may not execute tools here any more.')
    const roles: readonly string[] = []
    return { kind: 'key', keyId: null, reach: null, root: true, mayExecute: true, roles } as Caller
  }
  const own = await keyOf(tenant, who.id)
  const row = own ?? (await keyOf(deployment, who.id))
  if (!row || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= new Date()))
    throw over('The key that asked is not in force any more.')
  const roles: readonly string[] = row.roles
  if (roles.length > 0 && !roles.includes('execute'))
    throw over('The key that asked lacks the role "execute".')
  const reach = own ? tenant : null
  return { kind: 'key', keyId: row.id, reach, root: false, mayExecute: true, roles } as Caller
}

const over = (detail: string) => new AppError('forbidden', { detail })

const keyOf = (tenant: Tenant, id: string) =>
  forOrg(tenant, (tx) => tx.api_keys.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } }))

/** Its token is over by then, which ends nothing unless it was taken back; what it was limited to is not. */
async function agentAgain(tenant: Tenant, who: RememberedAgent): Promise<Caller> {
  const via = who.via ?? []
  const standing = await standingIn(tenant, {
    agents: [who.id, ...via.map(({ id }) => id)],
    userId: who.user_id,
    grantId: who.grant_id ?? null,
    ...(who.token !== undefined && { token: Buffer.from(who.token, 'base64url') }),
  })
  if (!standing) throw over('The agent that asked, or whoever it asked for, is not in force any more.')
  const toolset = who.resource === undefined ? undefined : await toolsetBehind(tenant, who.resource, who.id)
  if (toolset === null) throw over('The toolset that it was asked for through is not there any more.')
  return {
    kind: 'agent',
    ...standing.agent,
    reach: tenant,
    userId: who.user_id,
    via: standing.via,
    grantId: standing.grantId,
    ...(who.permissions && { permissions: who.permissions }),
    ...(who.authorization_details && { authorizationDetails: who.authorization_details }),
    ...(who.resource !== undefined && { resource: who.resource }),
    ...(who.token !== undefined && { tokenDigest: who.token }),
    ...(toolset && { toolset }),
  } as Caller
}

/** Who it is that asked, without what they were limited to: that may be more or less with the next token. */
export function nameOf(who: Remembered): object {
  if (who.type !== 'agent') return who
  const { permissions: _, authorization_details: __, resource: ___, token: ____, ...name } = who
  return name
}
