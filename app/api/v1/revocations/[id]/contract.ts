import { revocation } from '#lib/connect/schema'
import { contract, idParam } from '#lib/http'

export const getRevocation = contract({
  operationId: 'getRevocation',
  method: 'GET',
  path: '/api/v1/revocations/{id}',
  tag: 'Revocations',
  summary: 'How far a mass revocation is',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: revocation,
  errors: ['not_found'],
})
