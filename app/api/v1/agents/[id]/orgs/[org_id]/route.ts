import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { admitAgentIn, getAdmission, withdrawAdmissionIn } from '#lib/identity'
import { parseId } from '#lib/ids'
import type { Caller } from '#lib/proof'
import { deploymentTenant, resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { admitAgent, getAgentOrg, withdrawAgentAdmission } from './contract.ts'

/** The org of a path; only who answers for the deployment has a say in where its agents work. */
async function admissionOf(caller: Caller, params: { id: string; org_id: string }) {
  deploymentTenant(caller)
  const id = parseId('agent', params.id)
  if (id === null) throw new AppError('not_found')
  return { tenant: await resolveTenant(caller, params.org_id), id }
}

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getAgentOrg, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await admissionOf(caller, params)
        return getAdmission(tenant, id)
      },
    }),
    PUT: route(admitAgent, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await admissionOf(caller, params)
        return forOrg(tenant, async (tx) => {
          const admitted = await admitAgentIn(tx, tenant, id)
          await audited(tx, tenant, caller, origin, 'agent.admitted', { agent_id: params.id })
          return admitted
        })
      },
    }),
    DELETE: route(withdrawAgentAdmission, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await admissionOf(caller, params)
        await forOrg(tenant, async (tx) => {
          await withdrawAdmissionIn(tx, tenant, id)
          await audited(tx, tenant, caller, origin, 'agent.admission_withdrawn', { agent_id: params.id })
        })
      },
    }),
  },
  key('manage'),
)
