import { getRevocation as read } from '#lib/connect'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { getRevocation } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getRevocation, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'revocation', params.id)
        return read(tenant, id)
      },
    }),
  },
  key('read'),
)
