import { exportFormats, exportStream } from '#lib/audit'
import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { tenantOrDeployment } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { exportAuditEvents } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(exportAuditEvents, {
      authenticate: key('read'),
      handle: async ({ caller, query, origin }) => {
        const { org_id, format, ...filter } = query
        const tenant = await tenantOrDeployment(caller, org_id)
        const asked = Object.keys(filter).filter((name) => filter[name as keyof typeof filter] !== undefined)
        await forOrg(tenant, (tx) =>
          audited(tx, tenant, caller, origin, 'audit.exported', { format, filter: asked.sort().join(' ') }),
        )
        const name = `audit-${tenant.externalId.replace(/[^\w.@-]/g, '')}.${format === 'csv' ? 'csv' : 'ndjson'}`
        return new Response(exportStream(tenant, filter, format), {
          headers: {
            'content-type': exportFormats[format].type,
            'cache-control': 'no-store',
            'content-disposition': `attachment; filename="${name}"`,
          },
        })
      },
    }),
  },
  key('read'),
)
