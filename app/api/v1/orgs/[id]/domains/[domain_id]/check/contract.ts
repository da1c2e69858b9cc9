import { z } from 'zod'
import { contract } from '#lib/http'
import { domain, externalId } from '#lib/tenancy/schema'

export const checkDomain = contract({
  operationId: 'checkDomain',
  method: 'POST',
  path: '/api/v1/orgs/{id}/domains/{domain_id}/check',
  tag: 'Organizations',
  summary: 'Look the records of a domain up now',
  description:
    'At most every three seconds. Without this it is done by itself: hourly while it waits, daily once live.',
  audit: { none: 'what it changes is domain.live or domain.down' },
  status: 200,
  params: z.object({ id: externalId, domain_id: z.string().max(128) }),
  output: domain,
  errors: ['not_found'],
})
