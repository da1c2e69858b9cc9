import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { changeLimitIn, deleteLimitIn, getLimit as read } from '#lib/limits'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { changeLimit, deleteLimit, getLimit } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getLimit, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'limit', params.id)
        return read(tenant, id)
      },
    }),
    PATCH: route(changeLimit, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'limit', params.id)
        return forOrg(tenant, async (tx) => {
          const changed = await changeLimitIn(tx, tenant, caller, id, body)
          const details = { limit_id: params.id, most: changed.most }
          await audited(tx, tenant, caller, origin, 'limit.changed', details, Object.keys(body))
          return changed
        })
      },
    }),
    DELETE: route(deleteLimit, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'limit', params.id)
        await forOrg(tenant, async (tx) => {
          await deleteLimitIn(tx, tenant, caller, id)
          await audited(tx, tenant, caller, origin, 'limit.deleted', { limit_id: params.id })
        })
      },
    }),
  },
  key('read'),
)
