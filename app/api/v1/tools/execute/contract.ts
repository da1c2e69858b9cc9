import { pendingApproval } from '#lib/approvals/schema'
import { executeInput, executeOutput } from '#lib/broker/schema'
import { contract } from '#lib/http'

export const executeTool = contract({
  operationId: 'executeTool',
  method: 'POST',
  path: '/api/v1/tools/execute',
  tag: 'Tools',
  summary: 'Run one tool on behalf of a user',
  description:
    'Where the policy asks people first, the answer is 202 `{"status":"pending_approval","approval_id","expires_at"}`: nothing was sent, and the call is made once, as soon as they have approved it. An equal call meanwhile answers the same approval. A tool that takes a file is sent it as the body, as application/octet-stream, with the call in the header Behalf-Call; one that gives a file is asked for it with Accept: application/octet-stream, and answers it, streamed: an answer that ends without its last chunk was cut off.',
  audit: 'tool.executed',
  idempotency: 'own',
  files: true,
  status: 200,
  body: executeInput,
  output: executeOutput,
  accepted: pendingApproval,
  errors: [
    'not_found',
    'insufficient_scope',
    'policy_denied',
    'reauthorization_required',
    'ambiguous_account',
    'account_paused',
    'conflict',
    'upstream_error',
    'upstream_rejected',
    'upstream_rate_limited',
    'upstream_timeout',
    'circuit_open',
  ],
})
