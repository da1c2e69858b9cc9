import { connectedAccount } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const refreshConnectedAccount = contract({
  operationId: 'refreshConnectedAccount',
  method: 'POST',
  path: '/api/v1/connected_accounts/{id}/refresh',
  tag: 'Connected accounts',
  summary: 'Renew the access token now',
  audit: 'connected_account.refreshed',
  status: 200,
  params: idParam,
  output: connectedAccount,
  errors: ['not_found', 'reauthorization_required', 'upstream_error'],
})
