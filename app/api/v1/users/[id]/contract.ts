import { z } from 'zod'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const deleteUser = contract({
  operationId: 'deleteUser',
  method: 'DELETE',
  path: '/api/v1/users/{id}',
  tag: 'Users',
  summary: 'An end user leaves: revoke and destroy all their accounts',
  audit: 'user.deleted',
  status: 204,
  params: z.object({ id: externalId }),
  query: z.strictObject({ org_id: externalId.optional() }),
  output: z.void(),
  errors: ['not_found'],
})
