import { resource, route } from '#lib/http'
import { connect, key } from '#runtime'
import { createConnectSession } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(createConnectSession, {
      authenticate: key('connect'),
      handle: ({ caller, body, origin }) => connect.create(caller, body, origin),
    }),
  },
  key('connect'),
)
