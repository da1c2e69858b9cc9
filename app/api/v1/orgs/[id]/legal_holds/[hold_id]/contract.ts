import { z } from 'zod'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const liftLegalHold = contract({
  operationId: 'liftLegalHold',
  method: 'DELETE',
  path: '/api/v1/orgs/{id}/legal_holds/{hold_id}',
  tag: 'Audit',
  summary: 'Lift a legal hold; it stays in the list',
  description: 'For unrestricted keys: a hold is not for the organization that it binds to lift.',
  audit: 'legal_hold.lifted',
  status: 204,
  params: z.object({ id: externalId, hold_id: z.string().max(128) }),
  output: z.void(),
  errors: ['not_found', 'conflict'],
})
