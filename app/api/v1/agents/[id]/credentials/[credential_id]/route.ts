import { resource, route } from '#lib/http'
import { getCredential } from '#lib/identity'
import { key } from '#runtime'
import { revokeCredential } from '../../../changes.ts'
import { deleteAgentCredential, getAgentCredential } from './contract.ts'
import { credentialOf } from './resolve.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getAgentCredential, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, agentId, id } = await credentialOf(caller, params)
        return getCredential(tenant, agentId, id)
      },
    }),
    DELETE: route(deleteAgentCredential, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, agentId, id } = await credentialOf(caller, params)
        await revokeCredential({ tenant, caller, origin }, agentId, id)
      },
    }),
  },
  key('read'),
)
