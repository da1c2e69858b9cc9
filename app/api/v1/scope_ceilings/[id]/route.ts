import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { parseId } from '#lib/ids'
import { deleteCeilingIn } from '#lib/scopes'
import { tenantFrom } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { deleteScopeCeiling } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    DELETE: route(deleteScopeCeiling, {
      authenticate: key('manage'),
      handle: async ({ caller, params, query, origin }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const id = parseId('scope_ceiling', params.id)
        if (id === null) throw new AppError('not_found')
        await forOrg(tenant, async (tx) => {
          const { connector, group, scopes } = await deleteCeilingIn(tx, tenant, id)
          const details = {
            scope_ceiling_id: params.id,
            connector,
            group: group ?? '',
            scopes: scopes.join(' '),
          }
          await audited(tx, tenant, caller, origin, 'scope_ceiling.deleted', details)
        })
      },
    }),
  },
  key('read'),
)
