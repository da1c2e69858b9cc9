import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { changeCaseIn, deleteCaseIn, getCase } from '#lib/policy'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { changePolicyCase, deletePolicyCase, getPolicyCase } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getPolicyCase, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_case', params.id)
        return getCase(tenant, id)
      },
    }),
    PATCH: route(changePolicyCase, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_case', params.id)
        return forOrg(tenant, async (tx) => {
          const changed = await changeCaseIn(tx, tenant, id, body)
          const details = { policy_case_id: params.id }
          await audited(tx, tenant, caller, origin, 'policy.case_changed', details, Object.keys(body).sort())
          return changed
        })
      },
    }),
    DELETE: route(deletePolicyCase, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_case', params.id)
        await forOrg(tenant, async (tx) => {
          await deleteCaseIn(tx, tenant, id)
          await audited(tx, tenant, caller, origin, 'policy.case_deleted', { policy_case_id: params.id })
        })
      },
    }),
  },
  key('read'),
)
