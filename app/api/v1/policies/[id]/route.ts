import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { deletePolicyIn } from '#lib/policy'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { deletePolicy } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    DELETE: route(deletePolicy, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'policy', params.id)
        await forOrg(tenant, async (tx) => {
          await deletePolicyIn(tx, tenant, id)
          await audited(tx, tenant, caller, origin, 'policy.deleted', { policy_id: params.id })
        })
      },
    }),
  },
  key('read'),
)
