import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'

/** How an account's credential stands, for people: times and reasons, nothing of what is sealed. */
export type CredentialReport = {
  /** Whether the provider gave a refresh token. */
  refreshable: boolean
  expires_at: string | null
  /** `null` for one that is as the consent brought it. */
  renewed_at: string | null
  /** When the background looks after it next; `null` where it never does. */
  due_at: string | null
  held: { reason: 'suspect' | 'config' | 'transient'; until: string } | null
  /** Renewals that failed since the last that did not. */
  failures: number
  /** Found dead: of no use, and destroyed before long. */
  dead_reason: string | null
}

/** @returns `null` where there is no credential */
export async function credentialReport(tenant: Tenant, accountId: string): Promise<CredentialReport | null> {
  const row = await forOrg(tenant, (tx) =>
    tx.credentials.findUnique({
      where: { org_id_account_id: { org_id: tenant.orgId, account_id: accountId } },
      omit: { sealed: true },
    }),
  )
  if (!row) return null
  const time = (at: Date | null) => at?.toISOString() ?? null
  const { hold_reason, hold_until } = row
  return {
    refreshable: row.refreshable,
    expires_at: time(row.access_expires_at),
    renewed_at: row.refreshed_at && row.refreshed_at > row.created_at ? time(row.refreshed_at) : null,
    due_at: time(row.refresh_due_at),
    held:
      hold_reason !== null && hold_until !== null
        ? {
            reason: hold_reason as NonNullable<CredentialReport['held']>['reason'],
            until: hold_until.toISOString(),
          }
        : null,
    failures: row.failures,
    dead_reason: row.dead_at ? row.dead_reason : null,
  }
}
