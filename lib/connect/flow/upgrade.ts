import { config } from '#lib/config'
import { createSessionIn } from '#lib/consent'
import { connectSessionInput } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { sha256 } from '#lib/ids'
import { sendsMail } from '#lib/mail'
import type { Tenant } from '#lib/proof'
import { portalOrigin } from '#lib/tenancy'
import { orgHmacOf } from '#lib/vault'

const linkSeconds = 86_400
const madeBy = { type: 'system', id: 'upgrade' }

/**
 * A hosted link by which the user of an account can grant what is missing. The same want gets the same link while it
 * is good, so that an agent that asks in a loop makes one session: its secret is derived, never stored.
 * @param scopes all that the new consent should cover; empty to renew what was granted before
 */
export async function connectUrl(
  tenant: Tenant,
  accountId: string,
  scopes: readonly string[],
): Promise<string | null> {
  const [hmac, base] = await Promise.all([orgHmacOf(tenant), portalOrigin(tenant, config().publicUrl)])
  const linkOf = (id: string) => `bhf_hl_${hmac('upgrade_link', id)}`
  return forOrg(tenant, async (tx) => {
    // One asker at a time: the others find the session that the first has made.
    await tx.$queryRaw`SELECT 1 FROM connected_accounts WHERE org_id = ${tenant.orgId}::uuid
      AND id = ${accountId}::uuid FOR NO KEY UPDATE`
    const account = await tx.connected_accounts.findUnique({
      where: { org_id_id: { org_id: tenant.orgId, id: accountId } },
      include: { user: true, connections: { orderBy: { id: 'desc' }, take: 1 } },
    })
    if (!account || account.user.deactivated_at || account.user.deleted_at) return null
    const last = account.connections[0]
    const wanted = {
      [account.connector]: [...new Set(scopes.length > 0 ? scopes : (last?.scopes_granted ?? []))].sort(),
    }
    const want = JSON.stringify([accountId, wanted])
    const open = await tx.connect_sessions.findFirst({
      where: {
        org_id: tenant.orgId,
        connected_account_id: accountId,
        status: 'open',
        expires_at: { gt: new Date(Date.now() + 600_000) },
        created_by: { path: ['want'], equals: want },
      },
    })
    if (open) return `${base}/c/${linkOf(open.id)}`
    const before = last?.session_id
      ? await tx.connect_sessions.findUnique({
          where: { org_id_id: { org_id: tenant.orgId, id: last.session_id } },
        })
      : null
    const input = connectSessionInput.parse({
      user_id: account.user.external_id,
      connectors: [account.connector],
      scopes: wanted[account.connector]?.length ? wanted : {},
      return_url: before?.return_url ?? null,
      // Whom no page of the product can vouch for, none can vouch for now.
      ...(before?.confirmation === 'screen' &&
        account.user.email !== null &&
        sendsMail() && { confirmation: before.confirmation }),
      expires_in_seconds: linkSeconds,
      ...(last?.purpose && { purpose: last.purpose }),
      // What the product said of its groups it has not taken back: else it would show as changed wording.
      ...(before?.purposes && { purposes: before.purposes }),
    })
    const agents = (before?.agents ?? []) as Parameters<typeof createSessionIn>[3]['agents']
    const createdBy = { ...madeBy, want }
    const facts = { userId: account.user_id, agents, accountId, createdBy }
    const { session } = await createSessionIn(tx, tenant, input, facts)
    const link = linkOf(session.id)
    await tx.connect_sessions.update({
      where: { org_id_id: { org_id: tenant.orgId, id: session.id } },
      data: { link_hash: sha256(link) },
    })
    return `${base}/c/${link}`
  })
}
