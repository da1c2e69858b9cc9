import { forOrg } from '#lib/db'
import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { actorOf } from '#lib/identity'
import { addDomainIn, listDomains as list, resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { createDomain, listDomains } from './contract.ts'

const idShape = /^dom_[0-9a-f]{32}$/

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listDomains, {
      authenticate: key('read'),
      handle: async ({ caller, params, query }) => {
        const domains = await list(await resolveTenant(caller, params.id))
        const from = startAfter(domains, ({ id }) => id, openCursor(query.cursor, idShape))
        return page(domains.slice(from, from + query.limit + 1), query.limit, ({ id }) => id)
      },
    }),
    POST: route(createDomain, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        return forOrg(tenant, async (tx) => {
          const created = await addDomainIn(tx, tenant, body.hostname, actorOf(caller))
          const facts = { domain_id: created.id, hostname: created.hostname }
          await audited(tx, tenant, caller, origin, 'domain.created', facts)
          return created
        })
      },
    }),
  },
  key('read'),
)
