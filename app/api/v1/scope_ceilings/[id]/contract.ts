import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const deleteScopeCeiling = contract({
  operationId: 'deleteScopeCeiling',
  method: 'DELETE',
  path: '/api/v1/scope_ceilings/{id}',
  tag: 'Scope ceilings',
  summary: 'Lift a scope ceiling',
  audit: 'scope_ceiling.deleted',
  status: 204,
  params: idParam,
  query: z.strictObject({ org_id: externalId.optional() }),
  output: z.void(),
  errors: ['not_found'],
})
