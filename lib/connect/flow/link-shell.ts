import { getSession } from '#lib/consent'
import { forOrg } from '#lib/db'
import { toAppError } from '#lib/errors'
import { findSession } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Deps } from '../context.ts'

/** What is known of a hosted link before anybody has followed it, and after it was used. */
type LinkShell = {
  session: string
  kind: string
  /** The name of what it connected, once it has; nothing that tells who or with which account. */
  connected: string | null
}

/** The session behind a hosted link, whatever its state; `null` where no session has it. */
export async function linkShell({ connectors }: Deps, link: string): Promise<LinkShell | null> {
  const found = await findSession(link).catch((thrown: unknown) => {
    if (toAppError(thrown).code === 'session_expired') return null
    throw thrown
  })
  if (!found) return null
  const { tenant, id } = found
  const session = await getSession(tenant, id)
  const made = session.status === 'completed' ? session.connected_account_id : null
  const account = made
    ? await forOrg(tenant, (tx) =>
        tx.connected_accounts.findUnique({
          where: { org_id_id: { org_id: tenant.orgId, id: made } },
          select: { connector: true },
        }),
      )
    : null
  return {
    session: publicId('connect_session', id),
    kind: session.kind,
    connected: account ? (connectors[account.connector]?.name ?? account.connector) : null,
  }
}
