import { verifyAudit } from '#lib/audit'
import { resource, route } from '#lib/http'
import { tenantOrDeployment } from '#lib/tenancy'
import { key } from '#runtime'
import { verifyAuditEvents } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(verifyAuditEvents, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => verifyAudit(await tenantOrDeployment(caller, query.org_id)),
    }),
  },
  key('read'),
)
