import type { Connector } from '#lib/connector-kit'
import { isApprovedIn, type Session, useApprovalIn, type Wanted } from '#lib/consent'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { expand } from '#lib/scopes'
import { getOrgIn } from '#lib/tenancy'
import { type ApprovalRule, approvalRules } from '#lib/tenancy/schema'
import type { Open } from '../context.ts'

/** Where a connection must be approved by an administrator, that comes between the person's yes and the provider. */
export type Admissible = Pick<Session, 'user_id' | 'agents' | 'connected_account_id'>

/** What a session wants, as requests and approvals name it. */
export const wantedBy = (session: Admissible, connector: string, scopes: readonly string[]): Wanted => ({
  userId: session.user_id,
  connector,
  scopes,
  agents: session.agents.map(({ id }) => publicId('agent', id)).sort(),
})

/** Whether one of an org's rules is about this connector and one of these scopes, or of those that they carry. */
export function isDemanded(
  rules: readonly ApprovalRule[],
  connector: Pick<Connector, 'id' | 'implies'>,
  scopes: readonly string[],
): boolean {
  const held = expand(scopes, connector.implies)
  return rules.some(
    (rule) => rule.connector === connector.id && (rule.scopes?.some((scope) => held.has(scope)) ?? true),
  )
}

/** Whether the org's settings demand an approval, and it is no mere renewal of what is in use already. */
export async function needsApprovalIn(
  tx: Tx,
  tenant: Tenant,
  session: Admissible,
  connector: Connector,
  scopes: readonly string[],
): Promise<boolean> {
  const { settings } = await getOrgIn(tx, tenant)
  if (!isDemanded(approvalRules(settings), connector, scopes)) return false
  return !(await isRenewalIn(
    tx,
    tenant,
    wantedBy(session, connector.id, scopes),
    session.connected_account_id,
  ))
}

/** The same account again, for no more scopes and no other grantees than it has: what was let in stays in. */
async function isRenewalIn(
  tx: Tx,
  tenant: Tenant,
  wanted: Wanted,
  accountId: string | null,
): Promise<boolean> {
  if (accountId === null) return false
  const account = await tx.connected_accounts.findFirst({
    where: {
      org_id: tenant.orgId,
      id: accountId,
      user_id: wanted.userId,
      connector: wanted.connector,
      status: { in: ['active', 'paused', 'needs_reauth'] },
      deleted_at: null,
    },
    include: { connections: { orderBy: { id: 'desc' }, take: 1, include: { grantees: true } } },
  })
  const current = account?.connections.find(({ id }) => id === account.current_connection_id)
  if (!current) return false
  const grantees = current.grantees.map(({ agent_id }) => publicId('agent', agent_id))
  const sameGrantees =
    wanted.agents.length === 0
      ? current.grantee_product
      : wanted.agents.every((agent) => grantees.includes(agent))
  return sameGrantees && wanted.scopes.every((scope) => current.scopes_granted.includes(scope))
}

/** The page where a person asks for an approval of these scopes. */
export function requestLocation(session: Pick<Session, 'id'>, connector: string, scopes: readonly string[]) {
  const query = new URLSearchParams(scopes.map((scope) => ['scopes', scope]))
  return `/connect/${publicId('connect_session', session.id)}/request/${connector}?${query}`
}

/**
 * The gate before a provider, or before a form that takes a credential.
 * @returns where to ask for the approval that is missing; `null` to go on
 */
export const admission = (
  { tenant, session }: Open,
  connector: Connector,
  scopes: readonly string[],
): Promise<string | null> =>
  forOrg(tenant, async (tx) => {
    if (!(await needsApprovalIn(tx, tenant, session, connector, scopes))) return null
    if (await isApprovedIn(tx, tenant, wantedBy(session, connector.id, scopes))) return null
    return requestLocation(session, connector.id, scopes)
  })

/**
 * The gate again where a connection becomes real: the approval is used up by it, so that it is good for one.
 * To be asked before the account is touched.
 * @returns what to call with the new connection, in the same transaction
 * @throws AppError `policy_denied`, from either, when there is no approval, or another connection has used it meanwhile
 */
export async function admittedIn(
  tx: Tx,
  tenant: Tenant,
  session: Admissible,
  connector: Connector,
  scopes: readonly string[],
): Promise<(connectionId: string) => Promise<void>> {
  if (!(await needsApprovalIn(tx, tenant, session, connector, scopes))) return async () => {}
  const wanted = wantedBy(session, connector.id, scopes)
  return async (connectionId) => {
    if (await useApprovalIn(tx, tenant, wanted, connectionId)) return
    throw new AppError('policy_denied', {
      detail: 'An administrator has to approve this connection, and no approval of it is left.',
    })
  }
}
