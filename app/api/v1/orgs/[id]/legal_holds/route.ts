import { listHolds, placeHoldIn } from '#lib/audit'
import { forOrg } from '#lib/db'
import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { actorOf } from '#lib/identity'
import { resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { listLegalHolds, placeLegalHold } from './contract.ts'

const idShape = /^lh_[0-9a-f]{32}$/

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listLegalHolds, {
      authenticate: key('read'),
      handle: async ({ caller, params, query }) => {
        const holds = await listHolds(await resolveTenant(caller, params.id))
        const from = startAfter(holds, ({ id }) => id, openCursor(query.cursor, idShape))
        return page(holds.slice(from, from + query.limit + 1), query.limit, ({ id }) => id)
      },
    }),
    POST: route(placeLegalHold, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        return forOrg(tenant, async (tx) => {
          const hold = await placeHoldIn(tx, tenant, body.reason, actorOf(caller))
          const facts = { legal_hold_id: hold.id, reason: hold.reason }
          await audited(tx, tenant, caller, origin, 'legal_hold.placed', facts)
          return hold
        })
      },
    }),
  },
  key('read'),
)
