import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { setMemberDisabled } from '../../changes.ts'
import { disableMember } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(disableMember, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'member', params.id)
        return setMemberDisabled({ tenant, caller, origin }, id, true)
      },
    }),
  },
  key('manage'),
)
