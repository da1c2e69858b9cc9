import { z } from 'zod'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const deleteSsoKey = contract({
  operationId: 'deleteSsoKey',
  method: 'DELETE',
  path: '/api/v1/orgs/{id}/sso_keys/{key_id}',
  tag: 'Organizations',
  summary: 'Withdraw an issuer: its assertions are refused from now on',
  audit: 'sso_key.deleted',
  status: 204,
  params: z.object({ id: externalId, key_id: z.string().max(128) }),
  output: z.void(),
  errors: ['not_found'],
})
