import { listAudit } from '#lib/audit'
import { openCursor, page, resource, route, sequenceShape } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { key, viewed } from '#runtime'
import { listAuditEvents } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listAuditEvents, {
      authenticate: key('read'),
      handle: async ({ caller, query, origin }) => {
        const { org_id, limit, cursor, ...filter } = query
        const tenant = await tenantFrom(caller, org_id)
        const before = openCursor(cursor, sequenceShape)
        const rows = await listAudit(tenant, filter, before === null ? null : Number(before), limit + 1)
        await viewed(tenant, caller, origin, 'audit')
        return page(rows, limit, ({ sequence }) => String(sequence))
      },
    }),
  },
  key('read'),
)
