import { z } from 'zod'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const exportOrg = contract({
  operationId: 'exportOrg',
  method: 'GET',
  path: '/api/v1/orgs/{id}/export',
  tag: 'Organizations',
  summary: 'Stream all that is kept about an organization, never a credential',
  description:
    'Newline-delimited JSON: a first line that says what it is, then a line `{"type","data"}` for each row of each ' +
    'table, and a last line that counts them. Without the last line the export was cut off.',
  audit: 'org.exported',
  status: 200,
  params: z.object({ id: externalId }),
  output: z.string(),
  errors: ['not_found'],
})
