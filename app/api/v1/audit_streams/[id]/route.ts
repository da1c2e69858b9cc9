import { changeStreamIn, deleteStreamIn, getStream } from '#lib/audit'
import { forOrg } from '#lib/db'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { changeAuditStream, deleteAuditStream, getAuditStream } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getAuditStream, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'audit_stream', params.id)
        return getStream(tenant, id)
      },
    }),
    PATCH: route(changeAuditStream, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'audit_stream', params.id)
        return forOrg(tenant, async (tx) => {
          const stream = await changeStreamIn(tx, tenant, id, body)
          const facts = { audit_stream_id: params.id }
          await audited(tx, tenant, caller, origin, 'audit_stream.changed', facts, Object.keys(body).sort())
          return stream
        })
      },
    }),
    DELETE: route(deleteAuditStream, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'audit_stream', params.id)
        await forOrg(tenant, async (tx) => {
          await deleteStreamIn(tx, tenant, id)
          await audited(tx, tenant, caller, origin, 'audit_stream.deleted', { audit_stream_id: params.id })
        })
      },
    }),
  },
  key('read'),
)
