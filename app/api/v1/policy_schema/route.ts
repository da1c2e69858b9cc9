import { resource, route } from '#lib/http'
import { policySchema } from '#lib/policy'
import { key } from '#runtime'
import { getPolicySchema } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getPolicySchema, {
      authenticate: key('read'),
      handle: async () => ({ language: 'cedar' as const, schema: await policySchema() }),
    }),
  },
  key('read'),
)
