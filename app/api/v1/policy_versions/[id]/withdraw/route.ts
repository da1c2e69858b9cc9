import { resource, route } from '#lib/http'

import { withdraw } from '#lib/policy'
import { resolveObject } from '#lib/tenancy'
import { key, policyChanged } from '#runtime'
import { withdrawPolicyVersion } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(withdrawPolicyVersion, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_version', params.id)
        const record = policyChanged(tenant, caller, origin, 'policy.withdrawn')
        return withdraw(tenant, id, record)
      },
    }),
  },
  key('manage'),
)
