import { confirmSignIn as confirm } from '#lib/authorization-server'
import { resource, route } from '#lib/http'
import { key } from '#runtime'
import { confirmSignIn } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(confirmSignIn, {
      authenticate: key('connect'),
      handle: ({ caller, params, body, origin }) => confirm(caller, params.handle, body, origin),
    }),
  },
  key('connect'),
)
