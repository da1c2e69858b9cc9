import { connectedAccount } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const pauseConnectedAccount = contract({
  operationId: 'pauseConnectedAccount',
  method: 'POST',
  path: '/api/v1/connected_accounts/{id}/pause',
  tag: 'Connected accounts',
  summary: 'Refuse calls until resumed; the consent stays',
  audit: 'connected_account.paused',
  status: 200,
  params: idParam,
  output: connectedAccount,
  errors: ['not_found', 'conflict'],
})
