import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { endSessions } from '../../changes.ts'
import { endMemberSessions } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(endMemberSessions, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'member', params.id)
        return endSessions({ tenant, caller, origin }, id)
      },
    }),
  },
  key('manage'),
)
