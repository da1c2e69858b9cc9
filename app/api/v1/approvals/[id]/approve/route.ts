import { decideApproval } from '#lib/approvals'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { approveApproval } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(approveApproval, {
      authenticate: key('approve'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'approval', params.id)
        const answer = { approves: true, note: body.reason ?? null, decidedBy: body.decided_by ?? null }
        return decideApproval(tenant, caller, id, answer, origin)
      },
    }),
  },
  key('approve'),
)
