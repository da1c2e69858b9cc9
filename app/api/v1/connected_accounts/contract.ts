import { accountFilter, connectedAccount, importInput } from '#lib/consent/schema'
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

export const importConnectedAccount = contract({
  operationId: 'importConnectedAccount',
  method: 'POST',
  path: '/api/v1/connected_accounts',
  tag: 'Connected accounts',
  summary: 'Import credentials that the user gave to another system',
  description:
    'The provider is asked whose they are, and renews them once if they have run out; what it answers is what is kept. ' +
    'The same request again answers the same account. Never answers a credential.',
  audit: 'connected_account.imported',
  status: 201,
  body: importInput,
  output: connectedAccount,
  errors: [
    'not_found',
    'conflict',
    'idempotency_in_progress',
    'upstream_rejected',
    'upstream_error',
    'upstream_rate_limited',
  ],
})
