import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { resolveTenant, exportOrg as rows } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { exportOrg } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(exportOrg, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const tenant = await resolveTenant(caller, params.id)
        await forOrg(tenant, (tx) => audited(tx, tenant, caller, origin, 'org.exported', {}))
        const lines = rows(tenant)
        const encoder = new TextEncoder()
        // Pulled by the reader: a slow one holds back the next page, not the memory.
        const body = new ReadableStream<Uint8Array>({
          pull: async (stream) => {
            const { value, done } = await lines.next()
            if (done) stream.close()
            else stream.enqueue(encoder.encode(value))
          },
          cancel: async () => void (await lines.return(undefined)),
        })
        return new Response(body, {
          headers: {
            'content-type': 'application/x-ndjson',
            'cache-control': 'no-store',
            'content-disposition': `attachment; filename="org-${tenant.externalId}.ndjson"`,
          },
        })
      },
    }),
  },
  key('read'),
)
