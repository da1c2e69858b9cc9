import { contract, idParam, pageOf, pageQuery } from '#lib/http'
import { toolView } from '../../../tools/contract.ts'

export const listConnectorTools = contract({
  operationId: 'listConnectorTools',
  method: 'GET',
  path: '/api/v1/connectors/{id}/tools',
  tag: 'Connectors',
  summary: 'List the tools of a connector',
  audit: { none: 'the same for everyone' },
  status: 200,
  query: pageQuery,
  params: idParam,
  output: pageOf(toolView),
  errors: ['not_found'],
})
