import { execution, executionFilter } from '#lib/broker/schema'
import { contract, pageOf, pageQuery } from '#lib/http'

export const listExecutions = contract({
  operationId: 'listExecutions',
  method: 'GET',
  path: '/api/v1/executions',
  tag: 'Tools',
  summary: 'List executions',
  audit: 'execution.read',
  status: 200,
  query: pageQuery.extend(executionFilter.shape),
  output: pageOf(execution),
  errors: ['not_found'],
})
