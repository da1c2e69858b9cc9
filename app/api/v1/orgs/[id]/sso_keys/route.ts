import { forOrg } from '#lib/db'
import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { actorOf, createSsoKeyIn, listSsoKeys as list } from '#lib/identity'
import { resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { createSsoKey, listSsoKeys } from './contract.ts'

const idShape = /^sso_[0-9a-f]{32}$/

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listSsoKeys, {
      authenticate: key('read'),
      handle: async ({ caller, params, query }) => {
        const keys = await list(await resolveTenant(caller, params.id))
        const from = startAfter(keys, ({ id }) => id, openCursor(query.cursor, idShape))
        return page(keys.slice(from, from + query.limit + 1), query.limit, ({ id }) => id)
      },
    }),
    POST: route(createSsoKey, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        return forOrg(tenant, async (tx) => {
          const created = await createSsoKeyIn(tx, tenant, body, actorOf(caller))
          const facts = { sso_key_id: created.id, issuer: created.issuer }
          await audited(tx, tenant, caller, origin, 'sso_key.created', facts)
          return created
        })
      },
    }),
  },
  key('read'),
)
