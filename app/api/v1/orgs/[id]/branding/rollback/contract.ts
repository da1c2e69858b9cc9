import { z } from 'zod'
import { contract } from '#lib/http'
import { brandingView, externalId } from '#lib/tenancy/schema'

export const rollbackBranding = contract({
  operationId: 'rollbackBranding',
  method: 'POST',
  path: '/api/v1/orgs/{id}/branding/rollback',
  tag: 'Branding',
  summary: 'Publish an older version once more, under a new number; the draft stays',
  audit: 'branding.published',
  status: 200,
  params: z.object({ id: externalId }),
  body: z.strictObject({ version: z.number().int().min(1).max(2_147_483_647) }),
  output: brandingView,
  errors: ['not_found'],
})
