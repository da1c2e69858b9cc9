import { z } from 'zod'
import { chainReport } from '#lib/audit/schema'
import { contract } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const verifyAuditEvents = contract({
  operationId: 'verifyAuditEvents',
  method: 'GET',
  path: '/api/v1/audit_events/verify',
  tag: 'Audit',
  summary: 'Walk the hash chain and name the first event that does not fit',
  audit: { none: 'a read' },
  status: 200,
  query: z.strictObject({ org_id: externalId.optional() }),
  output: chainReport,
  errors: ['not_found'],
})
