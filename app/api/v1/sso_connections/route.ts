import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { createSsoConnection as create, listSsoConnections as list } from '#lib/identity'
import { tenantOrDeployment } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { recordBindings, wire } from './changed.ts'
import { createSsoConnection, listSsoConnections } from './contract.ts'

const idShape = /^ssoc_[0-9a-f]{32}$/

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listSsoConnections, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantOrDeployment(caller, query.org_id)
        const all = (await list(tenant)).reverse().map((one) => wire(tenant, one))
        const from = startAfter(all, ({ id }) => id, openCursor(query.cursor, idShape))
        return page(all.slice(from, from + query.limit + 1), query.limit, ({ id }) => id)
      },
    }),
    POST: route(createSsoConnection, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        const tenant = await tenantOrDeployment(caller, org_id)
        const made = await create(tenant, caller, input, async (tx, { id, issuer, roleBindings }) => {
          const facts = { connection: id, issuer }
          await audited(tx, tenant, caller, origin, 'sso_connection.created', facts)
          await recordBindings({ tx, tenant, caller, origin }, id, { before: {}, after: roleBindings })
        })
        return wire(tenant, made)
      },
    }),
  },
  key('read'),
)
