import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { approveConnectionRequest } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(approveConnectionRequest, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'connection_request', params.id)
        const decision = { approve: true, note: body.reason ?? null, decidedBy: body.decided_by ?? null }
        return connect.decideRequest(tenant, caller, id, decision, origin)
      },
    }),
  },
  key('manage'),
)
