import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { getBrandingIn, publishDraftIn, resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { publishBranding } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(publishBranding, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        return forOrg(tenant, async (tx) => {
          const { version, changed_fields } = await publishDraftIn(tx, tenant, actorOf(caller))
          const details = { version: String(version) }
          await audited(tx, tenant, caller, origin, 'branding.published', details, changed_fields)
          return getBrandingIn(tx, tenant)
        })
      },
    }),
  },
  key('read'),
)
