import { auditStream, auditStreamInput } from '#lib/audit/schema'
import { contract, pageOf, pageQuery } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

const path = '/api/v1/audit_streams'
const orgId = externalId.optional()

export const createAuditStream = contract({
  operationId: 'createAuditStream',
  method: 'POST',
  path,
  tag: 'Audit',
  summary: 'Stream audit events to a collector as they happen',
  description: 'At least once, each chain in its own order.',
  audit: 'audit_stream.created',
  status: 201,
  body: auditStreamInput,
  output: auditStream,
  errors: ['not_found', 'forbidden', 'conflict'],
})

export const listAuditStreams = contract({
  operationId: 'listAuditStreams',
  method: 'GET',
  path,
  tag: 'Audit',
  summary: 'List audit streams and how far each is',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: orgId }),
  output: pageOf(auditStream),
  errors: ['not_found'],
})
