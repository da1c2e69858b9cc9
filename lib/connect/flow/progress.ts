import type { SessionStatus } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import { getOrgIn } from '#lib/tenancy'
import type { Deps, Open } from '../context.ts'
import type { FlowCookie } from './flow-cookie.ts'

export type Progress = {
  status: SessionStatus
  status_reason: string | null
  account: { id: string; label: string } | null
  /** Whether this session made the account, rather than renewing one that was there. */
  created: boolean
  /** What this session asked of an admin who has not decided yet. */
  approval_request_id: string | null
}

/** How far the session is, for the page that waits. */
export function status({ tenant, session }: Open): Promise<Progress> {
  const { orgId } = tenant
  return forOrg(tenant, async (tx) => {
    const completed = session.status === 'completed' && session.connected_account_id
    const account = completed
      ? await tx.connected_accounts.findUnique({ where: { org_id_id: { org_id: orgId, id: completed } } })
      : null
    const request = await tx.connection_requests.findFirst({
      where: { org_id: orgId, session_id: session.id, status: 'pending' },
      orderBy: { id: 'desc' },
    })
    return {
      status: session.status as SessionStatus,
      status_reason: session.status_reason,
      account: account ? { id: publicId('connected_account', account.id), label: account.label } : null,
      created: account !== null && account.created_at >= session.created_at,
      approval_request_id: request && publicId('connection_request', request.id),
    }
  })
}

export type Finished = {
  organization: string
  connector: string | null
  account: string | null
  scopesMissing: string[]
  returnUrl: string | null
  confirmationCode: string | null
  /** Whether a code that was mailed is still to be entered. */
  confirmsHere: boolean
  /** Whether what this session connected has been ended since. */
  revoked: boolean
  /** Whether there is a receipt to look at. */
  receipt: boolean
  status: SessionStatus
  status_reason: string | null
}

/**
 * What the last page shows. Until it is known who finished, a browser that holds the session and did not finish it is told
 * nothing of the account that somebody signed in to: it could have sent the link on to learn just that (THREATS.md C1).
 */
export async function finished(deps: Deps, opened: Open, flow: FlowCookie): Promise<Finished> {
  const { tenant, session } = opened
  const completed = session.status === 'completed' ? session.connected_account_id : null
  const { organization, attempt, connected } = await forOrg(tenant, async (tx) => ({
    organization: await getOrgIn(tx, tenant),
    attempt: await tx.connect_attempts.findFirst({
      where: { org_id: tenant.orgId, session_id: session.id },
      orderBy: { id: 'desc' },
    }),
    connected: completed
      ? await tx.connected_accounts.findUnique({
          where: { org_id_id: { org_id: tenant.orgId, id: completed } },
          select: { status: true },
        })
      : null,
  }))
  const connector = attempt && deps.connectors[attempt.connector]
  const own = flow.finished === true || completed !== null
  const account = own ? (attempt?.provider_account as { label?: string } | null | undefined) : null
  const answered = own && (attempt?.status === 'answered' || attempt?.status === 'confirmed')
  const missing = answered
    ? attempt.scopes_requested.filter((scope) => !attempt.scopes_granted.includes(scope))
    : []
  return {
    organization: organization.name,
    connector: connector?.name ?? null,
    account: account?.label ?? null,
    scopesMissing: missing.map((scope) => connector?.scopes[scope]?.does ?? scope),
    returnUrl: session.return_url,
    // With `screen` the code in the cookie is no code to hand over: it says which browser finished.
    confirmationCode:
      session.status === 'awaiting_confirmation' && session.confirmation === 'host'
        ? (flow.confirmationCode ?? null)
        : null,
    confirmsHere: session.status === 'awaiting_confirmation' && session.confirmation === 'screen',
    revoked: connected?.status === 'revoked',
    receipt: completed !== null && flow.finished === true,
    status: session.status as SessionStatus,
    status_reason: session.status_reason,
  }
}
