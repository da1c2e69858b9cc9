import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { getBrandingIn, getBranding as read, resolveTenant, saveDraftIn } from '#lib/tenancy'
import { key } from '#runtime'
import { getBranding, putBranding } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getBranding, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => read(await resolveTenant(caller, params.id)),
    }),
    PUT: route(putBranding, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body }) => {
        const tenant = await resolveTenant(caller, params.id)
        return forOrg(tenant, async (tx) => {
          await saveDraftIn(tx, tenant, body, actorOf(caller))
          return getBrandingIn(tx, tenant)
        })
      },
    }),
  },
  key('read'),
)
