import { showApproval, withdrawApproval as withdraw } from '#lib/approvals'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { getApproval, withdrawApproval } from './contract.ts'

// Which of these sees how much is for `showApproval` to say.
const mayRead = key('approve', 'execute', 'read')

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getApproval, {
      authenticate: mayRead,
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'approval', params.id)
        return showApproval(tenant, caller, id, origin)
      },
    }),
    DELETE: route(withdrawApproval, {
      authenticate: key('execute'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'approval', params.id)
        return withdraw(tenant, caller, id, origin)
      },
    }),
  },
  mayRead,
)
