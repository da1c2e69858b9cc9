import { revokedAccount } from '#lib/connect/schema'
import { contract, idParam, pageOf, pageQuery } from '#lib/http'

export const listRevokedAccounts = contract({
  operationId: 'listRevokedAccounts',
  method: 'GET',
  path: '/api/v1/revocations/{id}/accounts',
  tag: 'Revocations',
  summary: 'What became of each account, here and at its provider',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  query: pageQuery.strict(),
  output: pageOf(revokedAccount),
  errors: ['not_found'],
})
