import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { publishDraft } from '#lib/policy'
import { resolveObject } from '#lib/tenancy'
import { key, policyChanged } from '#runtime'
import { publishPolicyVersion } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(publishPolicyVersion, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_version', params.id)
        const record = policyChanged(tenant, caller, origin, 'policy.published', body.reason)
        return publishDraft(tenant, id, body, actorOf(caller), record)
      },
    }),
  },
  key('manage'),
)
