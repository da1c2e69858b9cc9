import { resource, route } from '#lib/http'
import { changeAuthConfig as change, getAuthConfig as read, deleteAuthConfig as remove } from '#lib/oauth'
import { resolveObject } from '#lib/tenancy'
import { audited, connectors, key } from '#runtime'
import { changeAuthConfig, deleteAuthConfig, getAuthConfig } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getAuthConfig, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'auth_config', params.id)
        return read(tenant, id)
      },
    }),
    PATCH: route(changeAuthConfig, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'auth_config', params.id)
        const { disabled } = body
        const facts = { auth_config_id: params.id, ...(disabled !== undefined && { disabled }) }
        const known = (connector: string) => connectors[connector]?.baseUrls ?? {}
        return change(tenant, caller, id, body, known, (tx) =>
          audited(tx, tenant, caller, origin, 'auth_config.changed', facts, Object.keys(body)),
        )
      },
    }),
    DELETE: route(deleteAuthConfig, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'auth_config', params.id)
        await remove(tenant, id, (tx) =>
          audited(tx, tenant, caller, origin, 'auth_config.deleted', { auth_config_id: params.id }),
        )
      },
    }),
  },
  key('read'),
)
