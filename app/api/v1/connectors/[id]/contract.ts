import { contract, idParam } from '#lib/http'
import { connectorView } from '../contract.ts'

export const getConnector = contract({
  operationId: 'getConnector',
  method: 'GET',
  path: '/api/v1/connectors/{id}',
  tag: 'Connectors',
  summary: 'Read a connector',
  audit: { none: 'the same for everyone' },
  status: 200,
  params: idParam,
  output: connectorView,
  errors: ['not_found'],
})
