import { z } from 'zod'
import { userStatus } from '#lib/connect/schema'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const reactivateUser = contract({
  operationId: 'reactivateUser',
  method: 'POST',
  path: '/api/v1/users/{id}/reactivate',
  tag: 'Users',
  summary: 'Let an end user connect again',
  description: 'What was revoked stays so: they consent anew.',
  audit: 'user.reactivated',
  status: 200,
  params: z.object({ id: externalId }),
  body: z.strictObject({ org_id: externalId.optional() }),
  output: userStatus,
  errors: ['not_found'],
})
