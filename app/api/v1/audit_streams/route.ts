import { createStream, listStreams } from '#lib/audit'
import { AppError } from '#lib/errors'
import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { actorOf } from '#lib/identity'
import { deploymentOrgId } from '#lib/ids'
import { tenantOrDeployment } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { createAuditStream, listAuditStreams } from './contract.ts'

const idShape = /^as_[0-9a-f]{32}$/

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listAuditStreams, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const streams = await listStreams(await tenantOrDeployment(caller, query.org_id))
        const from = startAfter(streams, ({ id }) => id, openCursor(query.cursor, idShape))
        return page(streams.slice(from, from + query.limit + 1), query.limit, ({ id }) => id)
      },
    }),
    POST: route(createAuditStream, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        const tenant = await tenantOrDeployment(caller, org_id)
        if (body.every_org && tenant.orgId !== deploymentOrgId)
          throw new AppError('forbidden', { detail: 'every_org is for the deployment’s own streams.' })
        return createStream(tenant, input, actorOf(caller), (tx, stream) =>
          audited(tx, tenant, caller, origin, 'audit_stream.created', {
            audit_stream_id: stream.id,
            kind: stream.kind,
            url: stream.url,
            every_org: String(stream.every_org),
          }),
        )
      },
    }),
  },
  key('read'),
)
