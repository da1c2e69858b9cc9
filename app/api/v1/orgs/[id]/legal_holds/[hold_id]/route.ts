import { liftHoldIn } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { parseId } from '#lib/ids'
import { deploymentTenant, resolveTenant } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { liftLegalHold } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    DELETE: route(liftLegalHold, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        deploymentTenant(caller)
        const id = parseId('legal_hold', params.hold_id)
        if (!id) throw new AppError('not_found')
        await forOrg(tenant, async (tx) => {
          await liftHoldIn(tx, tenant, id, actorOf(caller))
          await audited(tx, tenant, caller, origin, 'legal_hold.lifted', { legal_hold_id: params.hold_id })
        })
      },
    }),
  },
  key('read'),
)
