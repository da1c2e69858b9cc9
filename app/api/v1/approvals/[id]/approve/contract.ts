import { approval, approveInput } from '#lib/approvals/schema'
import { contract, idParam } from '#lib/http'

export const approveApproval = contract({
  operationId: 'approveApproval',
  method: 'POST',
  path: '/api/v1/approvals/{id}/approve',
  tag: 'Approvals',
  summary: 'Approve a call that waits',
  description:
    'As many different approvers as the policy asks for must approve; then the call is made, once, after every check has passed again.',
  audit: 'approval.approved',
  status: 200,
  params: idParam,
  body: approveInput,
  output: approval,
  errors: ['not_found', 'forbidden', 'conflict'],
})
