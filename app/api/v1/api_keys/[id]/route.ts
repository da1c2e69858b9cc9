import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { revokeApiKeyIn } from '#lib/identity'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { deleteApiKey } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    DELETE: route(deleteApiKey, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'api_key', params.id)
        await forOrg(tenant, async (tx) => {
          await revokeApiKeyIn(tx, tenant, id)
          await audited(tx, tenant, caller, origin, 'api_key.revoked', { api_key_id: params.id })
        })
      },
    }),
  },
  key('read'),
)
