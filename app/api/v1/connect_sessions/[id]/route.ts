import { getSession, sessionView } from '#lib/consent'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { connect, key } from '#runtime'
import { cancelConnectSession, getConnectSession } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getConnectSession, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'connect_session', params.id)
        return sessionView(tenant, await getSession(tenant, id))
      },
    }),
    DELETE: route(cancelConnectSession, {
      authenticate: key('connect'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'connect_session', params.id)
        await connect.cancel(tenant, caller, id, origin)
      },
    }),
  },
  key('read'),
)
