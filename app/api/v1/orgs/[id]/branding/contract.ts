import { z } from 'zod'
import { contract } from '#lib/http'
import { brandingView, externalId, theme } from '#lib/tenancy/schema'

const path = '/api/v1/orgs/{id}/branding'
const params = z.object({ id: externalId })

export const getBranding = contract({
  operationId: 'getBranding',
  method: 'GET',
  path,
  tag: 'Branding',
  summary: 'Read the draft, what is published, the history and the uploads',
  audit: { none: 'a read' },
  status: 200,
  params,
  output: brandingView,
  errors: ['not_found'],
})

export const putBranding = contract({
  operationId: 'putBranding',
  method: 'PUT',
  path,
  tag: 'Branding',
  summary: 'Replace the draft',
  description:
    'The body is the whole draft: what it leaves out is as the deployment has it. Nobody sees a draft before it is published.',
  audit: { none: 'a draft is seen by nobody; publishing it is audited' },
  status: 200,
  params,
  body: theme,
  output: brandingView,
  errors: ['not_found'],
})
