import { resource, route } from '#lib/http'
import { usageOf } from '#lib/limits'
import { tenantFrom } from '#lib/tenancy'
import { key } from '#runtime'
import { getUsage } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getUsage, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => usageOf(await tenantFrom(caller, query.org_id)),
    }),
  },
  key('read'),
)
