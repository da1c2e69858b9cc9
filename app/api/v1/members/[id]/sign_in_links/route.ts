import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { issueLink } from '../../changes.ts'
import { issueMemberLink } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(issueMemberLink, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'member', params.id)
        return issueLink({ tenant, caller, origin }, id)
      },
    }),
  },
  key('manage'),
)
