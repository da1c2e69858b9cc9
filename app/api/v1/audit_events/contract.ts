import { auditEvent, auditFilter } from '#lib/audit/schema'
import { contract, pageOf, pageQuery } from '#lib/http'

export const listAuditEvents = contract({
  operationId: 'listAuditEvents',
  method: 'GET',
  path: '/api/v1/audit_events',
  tag: 'Audit',
  summary: 'List audit events',
  audit: 'audit.read',
  status: 200,
  query: pageQuery.extend(auditFilter.shape),
  output: pageOf(auditEvent),
  errors: ['not_found'],
})
