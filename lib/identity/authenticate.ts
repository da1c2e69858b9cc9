import { timingSafeEqual } from 'node:crypto'
import { config } from '#lib/config'
import { lookupApiKey, lookupConnectSession, lookupScimToken, type SessionVia } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, publicId, sha256 } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'

const unauthenticated = (internal: string) =>
  new AppError(
    'unauthenticated',
    { detail: 'Send a valid key as Authorization: Bearer bhf_sk_….' },
    { internal },
  )

/** The one bearer token of a request (RFC 6750 §2.1); a repeated or joined header is none. */
function bearer(headers: Headers): string | null {
  return /^Bearer +([\w.~+/=-]{16,4096})$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null
}

const isRootKey = (token: string): boolean => {
  const { rootKey } = config()
  return rootKey !== null && timingSafeEqual(sha256(token), sha256(rootKey))
}

export type ApiKeyRole = 'connect' | 'execute' | 'read' | 'manage' | 'approve'

/**
 * The caller behind a request's secret key.
 * @param role what the route needs, one of several where there is a list; a key without roles may do everything
 * @throws AppError `unauthenticated` for no, an unknown, an expired or a revoked key; `forbidden` without the role
 */
export async function authenticateKey(
  headers: Headers,
  role: ApiKeyRole | readonly ApiKeyRole[],
): Promise<Caller> {
  const wanted: readonly string[] = typeof role === 'string' ? [role] : role
  const token = bearer(headers)
  if (token === null) throw unauthenticated('no bearer token')
  if (isRootKey(token)) {
    const mayExecute = config().rootKeyMayExecute
    if (wanted.every((one) => one === 'execute') && !mayExecute) {
      throw new AppError('forbidden', {
        detail: 'The root key may not execute tools here (BEHALF_ROOT_KEY_EXECUTE).',
      })
    }
    const roles: readonly string[] = []
    return { kind: 'key', keyId: null, reach: null, root: true, mayExecute, roles } as Caller
  }
  const row = await lookupApiKey(sha256(token))
  if (!row) throw unauthenticated('unknown key')
  if (row.revoked) throw unauthenticated('revoked key')
  if (row.expired) throw unauthenticated('expired key')
  if (row.roles.length > 0 && !wanted.some((one) => row.roles.includes(one))) {
    throw new AppError('forbidden', { detail: `This key lacks the role "${wanted.join('" or "')}".` })
  }
  const roles: readonly string[] = row.roles
  const reach = row.tenant.orgId === deploymentOrgId ? null : row.tenant
  return { kind: 'key', keyId: row.id, reach, root: false, mayExecute: true, roles } as Caller
}

export type ScimCaller = Caller & { kind: 'scim' }

/**
 * The identity provider behind a request to SCIM, by the token that its org's owner gave it.
 * @throws AppError `unauthenticated` for no, an unknown, an expired or a revoked token
 */
export async function authenticateScim(headers: Headers): Promise<ScimCaller> {
  const token = bearer(headers)
  const row = token?.startsWith('bhf_scim_') ? await lookupScimToken(sha256(token)) : null
  if (!row || row.over) {
    throw new AppError(
      'unauthenticated',
      { detail: 'Send a valid SCIM token as Authorization: Bearer bhf_scim_….' },
      { internal: row ? 'SCIM token over' : 'no SCIM token', headers: { 'www-authenticate': 'Bearer' } },
    )
  }
  return { kind: 'scim', tokenId: row.id, reach: row.tenant } as ScimCaller
}

export type SessionCaller = Caller & { kind: 'end_user' }

/**
 * The session that a browser holds a token, a link or a handle of. Which state it is in, and whom it invited, is for
 * consent to say; `sessionCaller` then makes the caller.
 * @throws AppError `session_expired` when no session has it
 */
export async function findSession(token: string): Promise<{ tenant: Tenant; id: string; via: SessionVia }> {
  const found = token.length > 200 ? null : await lookupConnectSession(sha256(token))
  if (!found) throw new AppError('session_expired', { detail: 'This link is not valid any more.' })
  return found
}

/** The caller that a browser is, once its session has been read: it reaches that one session and nothing else. */
export const sessionCaller = (tenant: Tenant, sessionId: string, userId: string): SessionCaller =>
  ({ kind: 'end_user', sessionId, reach: tenant, userId }) as SessionCaller

/** A job or the operator's command line. `name` is what the audit calls it. */
export const systemCaller = (name: string): Caller & { kind: 'system' } =>
  ({ kind: 'system', reach: null, name }) as Caller & { kind: 'system' }

/**
 * Refuses to let a caller hand out more than it has (THREATS.md K4).
 * @param roles of the key to be made; none means everything
 * @throws AppError `forbidden`
 */
export function assertMayGrant(caller: Caller, roles: readonly string[]): void {
  const own = caller.kind === 'key' ? caller.roles : []
  if (own.length === 0 || (roles.length > 0 && roles.every((role) => own.includes(role)))) return
  throw new AppError('forbidden', {
    detail: `This key may only make keys with roles among: ${own.join(', ')}.`,
  })
}

/** The agents that a call goes through by their public ids, the one that calls first; none where no agent calls. */
export const actorsOf = (caller: Caller): string[] =>
  caller.kind === 'agent'
    ? [caller, ...(caller.via ?? [])].map(({ agentId }) => publicId('agent', agentId))
    : []

/** What an audit event says of an agent's call beside its actor: through whom it came, for whom, and by which consent. */
export const chainOf = (caller: Caller): Readonly<Record<string, string | string[]>> =>
  caller.kind === 'agent'
    ? {
        actors: actorsOf(caller),
        ...(caller.userId && { on_behalf_of: publicId('end_user', caller.userId) }),
        ...(caller.grantId && { grant_id: publicId('agent_grant', caller.grantId) }),
      }
    : {}

/** The actor of an audit event for a caller. */
export function actorOf(caller: Caller): { type: string; id: string } {
  switch (caller.kind) {
    case 'key':
      return { type: caller.root ? 'root_key' : 'api_key', id: caller.keyId ?? 'root' }
    case 'agent':
      return { type: 'agent', id: caller.agentId }
    case 'end_user':
      return { type: 'end_user', id: caller.userId }
    case 'scim':
      return { type: 'scim_token', id: caller.tokenId }
    case 'sso':
      return { type: 'sso', id: caller.keyId }
    case 'admin':
      return { type: 'member', id: caller.memberId }
    case 'system':
      return { type: 'system', id: caller.name }
  }
}
