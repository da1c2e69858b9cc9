import { connection } from '#lib/consent/schema'
import { contract, idParam, pageOf } from '#lib/http'

export const listConnections = contract({
  operationId: 'listConnections',
  method: 'GET',
  path: '/api/v1/connected_accounts/{id}/connections',
  tag: 'Connected accounts',
  summary: 'Every consent that the account was ever under, oldest to newest',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: pageOf(connection),
  errors: ['not_found'],
})
