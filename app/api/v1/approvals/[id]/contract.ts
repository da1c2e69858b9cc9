import { approval, approvalDetail } from '#lib/approvals/schema'
import { contract, idParam } from '#lib/http'

export const getApproval = contract({
  operationId: 'getApproval',
  method: 'GET',
  path: '/api/v1/approvals/{id}',
  tag: 'Approvals',
  summary: 'Read an approval, with the call',
  description:
    'Approvers and whoever asked see the call; whoever asked also sees what it answered, for a day after it was made.',
  audit: 'approval.viewed',
  status: 200,
  params: idParam,
  output: approvalDetail,
  errors: ['not_found'],
})

export const withdrawApproval = contract({
  operationId: 'withdrawApproval',
  method: 'DELETE',
  path: '/api/v1/approvals/{id}',
  tag: 'Approvals',
  summary: 'Withdraw a call that waits',
  description: 'By whoever asked, as long as it is not being executed.',
  audit: 'approval.withdrawn',
  status: 200,
  params: idParam,
  output: approval,
  errors: ['not_found', 'forbidden', 'conflict'],
})
