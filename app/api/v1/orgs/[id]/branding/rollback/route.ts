import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { getBrandingIn, resolveTenant, rollbackIn } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { rollbackBranding } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(rollbackBranding, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        return forOrg(tenant, async (tx) => {
          const made = await rollbackIn(tx, tenant, body.version, actorOf(caller))
          const details = { version: String(made.version), restored_version: String(body.version) }
          await audited(tx, tenant, caller, origin, 'branding.published', details, made.changed_fields)
          return getBrandingIn(tx, tenant)
        })
      },
    }),
  },
  key('read'),
)
