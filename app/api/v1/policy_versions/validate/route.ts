import { resource, route } from '#lib/http'
import { validate } from '#lib/policy'
import { key } from '#runtime'
import { validatePolicies } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(validatePolicies, {
      authenticate: key('read'),
      handle: async ({ body }) => {
        const { problems } = await validate(body)
        return { ok: problems.every(({ severity }) => severity !== 'error'), problems }
      },
    }),
  },
  key('read'),
)
