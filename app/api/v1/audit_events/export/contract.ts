import { z } from 'zod'
import { auditFilter } from '#lib/audit/schema'
import { contract } from '#lib/http'

export const exportAuditEvents = contract({
  operationId: 'exportAuditEvents',
  method: 'GET',
  path: '/api/v1/audit_events/export',
  tag: 'Audit',
  summary: 'Stream audit events, oldest first',
  description:
    'NDJSON without a filter is what `npm run behalf -- verify-audit FILE` checks. OCSF is one object a line too.',
  audit: 'audit.exported',
  status: 200,
  query: auditFilter.extend({ format: z.enum(['ndjson', 'csv', 'ocsf']).default('ndjson') }).strict(),
  output: z.string(),
  errors: ['not_found'],
})
