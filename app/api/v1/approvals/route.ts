import { listApprovals as list } from '#lib/approvals'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { key } from '#runtime'
import { listApprovals } from './contract.ts'

const mayList = key('approve', 'read')

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listApprovals, {
      authenticate: mayList,
      handle: async ({ caller, query }) => {
        const { limit, cursor, org_id, ...filter } = query
        const tenant = await tenantFrom(caller, org_id)
        const rows = await list(tenant, filter, openCursor(cursor, uuidShape), limit + 1)
        return page(rows, limit, cursorOf('approval'))
      },
    }),
  },
  mayList,
)
