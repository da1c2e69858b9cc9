import { exportAudit } from '#lib/audit'
import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { exportAuditEvents } from './contract.ts'
import { renderers } from './render.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(exportAuditEvents, {
      authenticate: key('read'),
      handle: async ({ caller, query, origin }) => {
        const { org_id, format, ...filter } = query
        const tenant = await tenantFrom(caller, org_id)
        const { type, head, line } = renderers[format]
        await forOrg(tenant, (tx) => audited(tx, tenant, caller, origin, 'audit.exported', { format }))
        const events = exportAudit(tenant, filter)
        const encoder = new TextEncoder()
        // Pulled by the reader: a slow one holds back the next batch, not the memory.
        const body = new ReadableStream<Uint8Array>({
          start: (stream) => stream.enqueue(encoder.encode(head)),
          pull: async (stream) => {
            const { value, done } = await events.next()
            if (done) stream.close()
            else stream.enqueue(encoder.encode(line(value)))
          },
          cancel: async () => void (await events.return(undefined)),
        })
        const name = `audit-${tenant.externalId}.${format}`
        return new Response(body, {
          headers: {
            'content-type': type,
            'cache-control': 'no-store',
            'content-disposition': `attachment; filename="${name}"`,
          },
        })
      },
    }),
  },
  key('read'),
)
