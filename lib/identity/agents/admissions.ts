import { deployment, forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { admitIn } from './agents.ts'

type Admission = { agent_id: string; org_id: string; created_at: string }

const where = (tenant: Tenant, agentId: string) => ({
  org_id_agent_org_id_agent_id: {
    org_id: tenant.orgId,
    agent_org_id: deploymentOrgId,
    agent_id: agentId,
  },
})

/**
 * Lets one of the deployment's agents into an org. It is not a consent: what it may use there is for people to say.
 * @throws AppError `not_found` where the deployment has no such agent
 */
export async function admitAgentIn(tx: Tx, tenant: Tenant, agentId: string): Promise<Admission> {
  const agent = await tx.agents.findFirst({ where: { org_id: deployment.orgId, id: agentId } })
  if (!agent) throw new AppError('not_found')
  await admitIn(tx, tenant, agent)
  await tx.$executeRaw`UPDATE organizations SET withdrawn_agents = array_remove(withdrawn_agents, ${agentId}::uuid)
    WHERE id = ${tenant.orgId}::uuid AND ${agentId}::uuid = ANY (withdrawn_agents)`
  const { created_at } = await tx.agent_admissions.findUniqueOrThrow({ where: where(tenant, agentId) })
  return {
    agent_id: publicId('agent', agentId),
    org_id: tenant.externalId,
    created_at: created_at.toISOString(),
  }
}

/** Whether, and since when, one of the deployment's agents may work in an org. @throws AppError `not_found` */
export const getAdmission = (tenant: Tenant, agentId: string): Promise<Admission> =>
  forOrg(tenant, async (tx) => {
    const row = await tx.agent_admissions.findUnique({ where: where(tenant, agentId) })
    if (!row) throw new AppError('not_found')
    return {
      agent_id: publicId('agent', agentId),
      org_id: tenant.externalId,
      created_at: row.created_at.toISOString(),
    }
  })

/**
 * Ends it: the agent's next token for that org is refused, and its live ones too. Nobody lets it in again by the way, as by
 * naming it in a connect session.
 * @throws AppError `not_found`
 */
export async function withdrawAdmissionIn(tx: Tx, tenant: Tenant, agentId: string): Promise<void> {
  const { count } = await tx.agent_admissions.deleteMany({
    where: { org_id: tenant.orgId, agent_org_id: deploymentOrgId, agent_id: agentId },
  })
  if (count !== 1) throw new AppError('not_found')
  await tx.$executeRaw`UPDATE organizations SET withdrawn_agents = array_append(withdrawn_agents, ${agentId}::uuid)
    WHERE id = ${tenant.orgId}::uuid`
}
