import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { disableSsoKeyIn } from '#lib/identity'
import { resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { deleteSsoKey } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    DELETE: route(deleteSsoKey, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        await forOrg(tenant, async (tx) => {
          await disableSsoKeyIn(tx, tenant, params.key_id)
          await audited(tx, tenant, caller, origin, 'sso_key.deleted', { sso_key_id: params.key_id })
        })
      },
    }),
  },
  key('read'),
)
