import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { rollBack } from '#lib/policy'
import { resolveObject } from '#lib/tenancy'
import { key, policyChanged } from '#runtime'
import { rollBackPolicyVersion } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(rollBackPolicyVersion, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_version', params.id)
        const record = policyChanged(tenant, caller, origin, 'policy.rolled_back', body.reason)
        return rollBack(tenant, id, body, actorOf(caller), record)
      },
    }),
  },
  key('manage'),
)
