import { config } from '#lib/config'
import { createSessionIn } from '#lib/consent'
import { connectSessionInput } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { resolveAgentsIn } from '#lib/identity'
import { publicId, sha256 } from '#lib/ids'
import { sendsMail } from '#lib/mail'
import { configuredConnectorsIn } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { portalOrigin } from '#lib/tenancy'
import { orgHmacOf } from '#lib/vault'

const linkSeconds = 86_400

/** What a person is invited to connect, and the agent that asks for it. Internal ids. */
type Invitation = { userId: string; connector: string; agentOrgId: string; agentId: string }

/**
 * A hosted link by which a user connects their first account at a provider, for the agent that asks. The same want gets
 * the same link while it is good; its secret is derived, never stored. The link invites and proves nothing: whoever
 * finishes still has to be who was invited, by a code that is mailed to them or by the word of the product.
 * @returns `null` where nobody has set the provider up, or the user is not there any more
 */
export async function inviteUrl(
  tenant: Tenant,
  { userId, connector, agentOrgId, agentId }: Invitation,
): Promise<string | null> {
  const [hmac, base] = await Promise.all([orgHmacOf(tenant), portalOrigin(tenant, config().publicUrl)])
  const linkOf = (id: string) => `bhf_hl_${hmac('invite_link', id)}`
  return forOrg(tenant, async (tx) => {
    // One asker at a time: the others find the session that the first has made.
    await tx.$queryRaw`SELECT 1 FROM end_users WHERE org_id = ${tenant.orgId}::uuid
      AND id = ${userId}::uuid FOR NO KEY UPDATE`
    const user = await tx.end_users.findUnique({
      where: { org_id_id: { org_id: tenant.orgId, id: userId } },
    })
    if (!user || user.deactivated_at || user.deleted_at) return null
    if (!(await configuredConnectorsIn(tx)).has(connector)) return null
    const want = JSON.stringify([connector, agentOrgId, agentId])
    const open = await tx.connect_sessions.findFirst({
      where: {
        org_id: tenant.orgId,
        user_id: userId,
        status: 'open',
        expires_at: { gt: new Date(Date.now() + 600_000) },
        created_by: { path: ['want'], equals: want },
      },
    })
    if (open) return `${base}/c/${linkOf(open.id)}`
    const input = connectSessionInput.parse({
      user_id: user.external_id,
      connectors: [connector],
      ...(user.email !== null && sendsMail() && { confirmation: 'screen' }),
      expires_in_seconds: linkSeconds,
    })
    const agents = await resolveAgentsIn(tx, tenant, [publicId('agent', agentId)], null)
    const createdBy = { type: 'agent', id: agentId, want }
    const { session } = await createSessionIn(tx, tenant, input, {
      userId,
      agents,
      accountId: null,
      createdBy,
    })
    const link = linkOf(session.id)
    await tx.connect_sessions.update({
      where: { org_id_id: { org_id: tenant.orgId, id: session.id } },
      data: { link_hash: sha256(link) },
    })
    return `${base}/c/${link}`
  })
}
