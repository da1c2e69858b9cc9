import { approval, approvalFilter } from '#lib/approvals/schema'
import { contract, pageOf, pageQuery } from '#lib/http'

export const listApprovals = contract({
  operationId: 'listApprovals',
  method: 'GET',
  path: '/api/v1/approvals',
  tag: 'Approvals',
  summary: 'List approvals',
  description: 'Without what the calls say: read one for that.',
  audit: { none: 'a read of what the audit says too' },
  status: 200,
  query: pageQuery.extend(approvalFilter.shape),
  output: pageOf(approval),
  errors: ['not_found'],
})
