import { resource, route } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { reactivateUser } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(reactivateUser, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) =>
        connect.reactivateUser(await tenantFrom(caller, body.org_id), caller, params.id, origin),
    }),
  },
  key('manage'),
)
