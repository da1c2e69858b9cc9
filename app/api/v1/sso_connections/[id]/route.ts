import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import {
  changeSsoConnection as change,
  getSsoConnection as read,
  deleteSsoConnectionIn as removeIn,
} from '#lib/identity'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { recordChange, wire } from '../changed.ts'
import { changeSsoConnection, deleteSsoConnection, getSsoConnection } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getSsoConnection, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant } = await resolveObject(caller, 'sso_connection', params.id)
        return wire(tenant, await read(tenant, params.id))
      },
    }),
    PATCH: route(changeSsoConnection, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant } = await resolveObject(caller, 'sso_connection', params.id)
        const changed = await change(tenant, caller, params.id, body, (tx, what) =>
          recordChange({ tx, tenant, caller, origin }, what),
        )
        return wire(tenant, changed)
      },
    }),
    DELETE: route(deleteSsoConnection, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant } = await resolveObject(caller, 'sso_connection', params.id)
        await forOrg(tenant, async (tx) => {
          const { id, issuer } = await removeIn(tx, tenant, params.id)
          await audited(tx, tenant, caller, origin, 'sso_connection.deleted', { connection: id, issuer })
        })
      },
    }),
  },
  key('read'),
)
