import { z } from 'zod'
import { contract } from '#lib/http'
import { brandingView, externalId } from '#lib/tenancy/schema'

export const publishBranding = contract({
  operationId: 'publishBranding',
  method: 'POST',
  path: '/api/v1/orgs/{id}/branding/publish',
  tag: 'Branding',
  summary: 'Show the draft to everybody, as a new version',
  description: 'Refused while the theme has a scheme that cannot be read well enough.',
  audit: 'branding.published',
  status: 200,
  params: z.object({ id: externalId }),
  output: brandingView,
  errors: ['not_found', 'conflict'],
})
