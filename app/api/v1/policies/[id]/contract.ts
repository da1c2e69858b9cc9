import { z } from 'zod'
import { contract, idParam } from '#lib/http'

export const deletePolicy = contract({
  operationId: 'deletePolicy',
  method: 'DELETE',
  path: '/api/v1/policies/{id}',
  tag: 'Policies',
  summary: 'Withdraw a policy',
  audit: 'policy.deleted',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
