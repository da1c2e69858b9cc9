import { z } from 'zod'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const getReport = contract({
  operationId: 'getReport',
  method: 'GET',
  path: '/api/v1/reports/{kind}',
  tag: 'Audit',
  summary: 'Evidence for an auditor, streamed and signed',
  description:
    'soc2_cc6_1: for each call the consent it rested on and whether that was valid and covered it. gdpr_art30: records of processing. The last line signs all lines before it.',
  audit: 'report.exported',
  status: 200,
  params: z.object({ kind: z.enum(['soc2_cc6_1', 'gdpr_art30']) }),
  query: z.strictObject({
    org_id: externalId.optional(),
    since: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }),
    format: z.enum(['json', 'html']).default('json'),
  }),
  output: z.string(),
  errors: ['not_found'],
})
