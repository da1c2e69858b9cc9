import { z } from 'zod'
import { userStatus } from '#lib/connect/schema'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const deactivateUser = contract({
  operationId: 'deactivateUser',
  method: 'POST',
  path: '/api/v1/users/{id}/deactivate',
  tag: 'Users',
  summary: 'Lock an end user out: revoke all their accounts and connect nothing until reactivated',
  description:
    'As an identity provider asks for by SCIM’s `active: false`. The person stays known. Done again it changes nothing.',
  audit: 'user.deactivated',
  status: 200,
  params: z.object({ id: externalId }),
  body: z.strictObject({ org_id: externalId.optional() }),
  output: userStatus,
  errors: ['not_found'],
})
