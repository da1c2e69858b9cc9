import { accessReport, processingReport, reportStream } from '#lib/audit'
import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { getReport } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getReport, {
      authenticate: key('read'),
      handle: async ({ caller, params, query, origin }) => {
        const { org_id, since, until, format } = query
        const tenant = await tenantFrom(caller, org_id)
        const facts = { kind: params.kind, since, until, format }
        await forOrg(tenant, (tx) => audited(tx, tenant, caller, origin, 'report.exported', facts))
        const report =
          params.kind === 'soc2_cc6_1'
            ? await accessReport(tenant, { since, until })
            : await processingReport(tenant, { since, until }, config().audit.retentionDays)
        const name = `${params.kind}-${tenant.externalId.replace(/[^\w.@-]/g, '')}.${format}`
        return new Response(reportStream(report, format), {
          headers: {
            'content-type': format === 'json' ? 'application/json' : 'text/html; charset=utf-8',
            'cache-control': 'no-store',
            'content-disposition': `attachment; filename="${name}"`,
          },
        })
      },
    }),
  },
  key('read'),
)
