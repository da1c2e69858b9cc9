import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { changeToolsetIn, deleteToolsetIn, getToolset as read } from '#lib/identity'
import { resolveObject } from '#lib/tenancy'
import { audited, key, reachable } from '#runtime'
import { changeToolset, deleteToolset, getToolset } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getToolset, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'agent_toolset', params.id)
        return read(tenant, id)
      },
    }),
    PATCH: route(changeToolset, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent_toolset', params.id)
        return forOrg(tenant, async (tx) => {
          const changed = await changeToolsetIn(tx, tenant, id, body, reachable)
          const fields = Object.keys(body).sort()
          await audited(tx, tenant, caller, origin, 'toolset.changed', { toolset_id: changed.id }, fields)
          return changed
        })
      },
    }),
    DELETE: route(deleteToolset, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'agent_toolset', params.id)
        await forOrg(tenant, async (tx) => {
          await deleteToolsetIn(tx, tenant, id)
          await audited(tx, tenant, caller, origin, 'toolset.deleted', { toolset_id: params.id })
        })
      },
    }),
  },
  key('read'),
)
