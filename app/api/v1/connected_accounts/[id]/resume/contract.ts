import { connectedAccount } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const resumeConnectedAccount = contract({
  operationId: 'resumeConnectedAccount',
  method: 'POST',
  path: '/api/v1/connected_accounts/{id}/resume',
  tag: 'Connected accounts',
  summary: 'Let calls through again',
  audit: 'connected_account.resumed',
  status: 200,
  params: idParam,
  output: connectedAccount,
  errors: ['not_found', 'conflict'],
})
