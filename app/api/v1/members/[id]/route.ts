import { resource, route } from '#lib/http'
import { getMember as read } from '#lib/identity'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { changeRole } from '../changes.ts'
import { changeMember, getMember } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getMember, {
      authenticate: key('manage'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'member', params.id)
        return read(tenant, id)
      },
    }),
    PATCH: route(changeMember, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'member', params.id)
        return changeRole({ tenant, caller, origin }, id, body.role)
      },
    }),
  },
  key('manage'),
)
