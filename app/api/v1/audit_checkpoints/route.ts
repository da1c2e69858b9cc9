import { listCheckpoints } from '#lib/audit'
import { AppError } from '#lib/errors'
import { openCursor, page, resource, route } from '#lib/http'
import { tenantOrDeployment } from '#lib/tenancy'
import { key, signAuditHead } from '#runtime'
import { createAuditCheckpoint, listAuditCheckpoints } from './contract.ts'

const dayShape = /^\d{4}-\d{2}-\d{2}$/

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listAuditCheckpoints, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantOrDeployment(caller, query.org_id)
        const rows = await listCheckpoints(tenant, openCursor(query.cursor, dayShape), query.limit + 1)
        return page(rows, query.limit, ({ day }) => day)
      },
    }),
    POST: route(createAuditCheckpoint, {
      authenticate: key('read'),
      handle: async ({ caller, body }) => {
        const signed = await signAuditHead(await tenantOrDeployment(caller, body.org_id))
        if (!signed) throw new AppError('conflict', { detail: 'This audit has no event yet.' })
        return signed
      },
    }),
  },
  key('read'),
)
