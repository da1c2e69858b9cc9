import type { SessionStatus } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import { getOrgIn } from '#lib/tenancy'
import type { Deps, Open } from '../context.ts'
import type { FlowCookie } from './flow-cookie.ts'

/** How far the session is, for the page that waits. */
export async function status({ tenant, session }: Open): Promise<{
  status: SessionStatus
  status_reason: string | null
  account: { id: string; label: string } | null
}> {
  const account =
    session.status === 'completed' && session.connected_account_id
      ? await forOrg(tenant, (tx) =>
          tx.connected_accounts.findUnique({
            where: { org_id_id: { org_id: tenant.orgId, id: session.connected_account_id ?? '' } },
          }),
        )
      : null
  return {
    status: session.status as SessionStatus,
    status_reason: session.status_reason,
    account: account ? { id: publicId('connected_account', account.id), label: account.label } : null,
  }
}

export type Finished = {
  organization: string
  connector: string | null
  account: string | null
  scopesMissing: string[]
  returnUrl: string | null
  confirmationCode: string | null
  status: SessionStatus
  status_reason: string | null
}

/** What the last page shows. */
export async function finished(deps: Deps, opened: Open, flow: FlowCookie): Promise<Finished> {
  const { tenant, session } = opened
  const { organization, attempt } = await forOrg(tenant, async (tx) => ({
    organization: await getOrgIn(tx, tenant),
    attempt: await tx.connect_attempts.findFirst({
      where: { org_id: tenant.orgId, session_id: session.id },
      orderBy: { id: 'desc' },
    }),
  }))
  const connector = attempt && deps.connectors[attempt.connector]
  const account = attempt?.provider_account as { label?: string } | null | undefined
  const answered = attempt?.status === 'answered' || attempt?.status === 'confirmed'
  const missing = answered
    ? attempt.scopes_requested.filter((scope) => !attempt.scopes_granted.includes(scope))
    : []
  return {
    organization: organization.name,
    connector: connector?.name ?? null,
    account: account?.label ?? null,
    scopesMissing: missing.map((scope) => connector?.scopes[scope]?.does ?? scope),
    returnUrl: session.return_url,
    confirmationCode: session.status === 'awaiting_confirmation' ? (flow.confirmationCode ?? null) : null,
    status: session.status as SessionStatus,
    status_reason: session.status_reason,
  }
}
