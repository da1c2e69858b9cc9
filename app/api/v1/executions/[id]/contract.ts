import { execution } from '#lib/broker/schema'
import { contract, idParam } from '#lib/http'

export const getExecution = contract({
  operationId: 'getExecution',
  method: 'GET',
  path: '/api/v1/executions/{id}',
  tag: 'Tools',
  summary: 'Read an execution',
  audit: 'execution.read',
  status: 200,
  params: idParam,
  output: execution,
  errors: ['not_found'],
})
