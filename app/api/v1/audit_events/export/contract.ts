import { z } from 'zod'
import { auditFilter } from '#lib/audit/schema'
import { contract } from '#lib/http'

export const exportAuditEvents = contract({
  operationId: 'exportAuditEvents',
  method: 'GET',
  path: '/api/v1/audit_events/export',
  tag: 'Audit',
  summary: 'Stream audit events, oldest first',
  audit: 'audit.exported',
  status: 200,
  query: auditFilter.extend({ format: z.enum(['ndjson', 'csv']).default('ndjson') }).strict(),
  output: z.string(),
  errors: ['not_found'],
})
