import { resource, route } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { deleteUser } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    DELETE: route(deleteUser, {
      authenticate: key('manage'),
      handle: async ({ caller, params, query, origin }) => {
        await connect.removeUser(await tenantFrom(caller, query.org_id), caller, params.id, origin)
      },
    }),
  },
  key('manage'),
)
