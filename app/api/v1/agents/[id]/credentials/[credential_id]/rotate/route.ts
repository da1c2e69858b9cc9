import { resource, route } from '#lib/http'
import { key } from '#runtime'
import { rotateCredential } from '../../../../changes.ts'
import { credentialOf } from '../resolve.ts'
import { rotateAgentCredential } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(rotateAgentCredential, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, agentId, id } = await credentialOf(caller, params)
        return rotateCredential({ tenant, caller, origin }, agentId, id, body)
      },
    }),
  },
  key('manage'),
)
