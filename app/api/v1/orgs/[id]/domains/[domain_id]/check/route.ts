import { resource, route } from '#lib/http'
import { resolveTenant } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { checkDomain } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(checkDomain, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) =>
        connect.checkDomain(await resolveTenant(caller, params.id), caller, params.domain_id, origin),
    }),
  },
  key('read'),
)
