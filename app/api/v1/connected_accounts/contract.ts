import { accountFilter, connectedAccount } from '#lib/consent/schema'
import { contract, pageOf, pageQuery } from '#lib/http'

export const listConnectedAccounts = contract({
  operationId: 'listConnectedAccounts',
  method: 'GET',
  path: '/api/v1/connected_accounts',
  tag: 'Connected accounts',
  summary: 'List connected accounts',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend(accountFilter.shape),
  output: pageOf(connectedAccount),
  errors: ['not_found'],
})
