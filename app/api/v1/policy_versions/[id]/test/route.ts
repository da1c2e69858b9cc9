import { resource, route } from '#lib/http'
import { testVersion } from '#lib/policy'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { testPolicyVersion } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(testPolicyVersion, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_version', params.id)
        return testVersion(tenant, id)
      },
    }),
  },
  key('read'),
)
