import { z } from 'zod'
import { contract, idParam } from '#lib/http'

export const deleteApiKey = contract({
  operationId: 'deleteApiKey',
  method: 'DELETE',
  path: '/api/v1/api_keys/{id}',
  tag: 'API keys',
  summary: 'Revoke a key, effective at once',
  audit: 'api_key.revoked',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
