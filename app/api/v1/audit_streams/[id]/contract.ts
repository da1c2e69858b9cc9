import { z } from 'zod'
import { auditStream, auditStreamChange } from '#lib/audit/schema'
import { contract, idParam } from '#lib/http'

const path = '/api/v1/audit_streams/{id}'

export const getAuditStream = contract({
  operationId: 'getAuditStream',
  method: 'GET',
  path,
  tag: 'Audit',
  summary: 'Read an audit stream and how far it is',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: auditStream,
  errors: ['not_found'],
})

export const changeAuditStream = contract({
  operationId: 'changeAuditStream',
  method: 'PATCH',
  path,
  tag: 'Audit',
  summary: 'Rename, pause or resume an audit stream',
  audit: 'audit_stream.changed',
  status: 200,
  params: idParam,
  body: auditStreamChange,
  output: auditStream,
  errors: ['not_found'],
})

export const deleteAuditStream = contract({
  operationId: 'deleteAuditStream',
  method: 'DELETE',
  path,
  tag: 'Audit',
  summary: 'End an audit stream',
  audit: 'audit_stream.deleted',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
