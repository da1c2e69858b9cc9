import { executeInput, executeOutput } from '#lib/broker/schema'
import { contract } from '#lib/http'

export const executeTool = contract({
  operationId: 'executeTool',
  method: 'POST',
  path: '/api/v1/tools/execute',
  tag: 'Tools',
  summary: 'Run one tool on behalf of a user',
  audit: 'tool.executed',
  status: 200,
  body: executeInput,
  output: executeOutput,
  errors: [
    'not_found',
    'insufficient_scope',
    'policy_denied',
    'reauthorization_required',
    'ambiguous_account',
    'account_paused',
    'upstream_error',
    'upstream_rejected',
    'upstream_rate_limited',
    'upstream_timeout',
  ],
})
