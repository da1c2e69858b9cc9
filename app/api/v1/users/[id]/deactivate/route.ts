import { resource, route } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { deactivateUser } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(deactivateUser, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) =>
        connect.deactivateUser(await tenantFrom(caller, body.org_id), caller, params.id, origin),
    }),
  },
  key('manage'),
)
