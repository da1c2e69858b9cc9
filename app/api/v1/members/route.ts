import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { listMembers as list } from '#lib/identity'
import { tenantOrDeployment } from '#lib/tenancy'
import { key } from '#runtime'
import { inviteMember as invite } from './changes.ts'
import { inviteMember, listMembers } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listMembers, {
      authenticate: key('manage'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantOrDeployment(caller, query.org_id)
        const rows = await list(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('member'))
      },
    }),
    POST: route(inviteMember, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        const tenant = await tenantOrDeployment(caller, org_id)
        return invite({ tenant, caller, origin }, input)
      },
    }),
  },
  key('manage'),
)
