import { approval, denyInput } from '#lib/approvals/schema'
import { contract, idParam } from '#lib/http'

export const denyApproval = contract({
  operationId: 'denyApproval',
  method: 'POST',
  path: '/api/v1/approvals/{id}/deny',
  tag: 'Approvals',
  summary: 'Deny a call that waits',
  description: 'One denial is final. Whoever asked is told the reason.',
  audit: 'approval.denied',
  status: 200,
  params: idParam,
  body: denyInput,
  output: approval,
  errors: ['not_found', 'forbidden', 'conflict'],
})
