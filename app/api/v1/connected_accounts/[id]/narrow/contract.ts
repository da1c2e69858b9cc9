import { connectedAccount, narrowingInput } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const narrowConnectedAccount = contract({
  operationId: 'narrowConnectedAccount',
  method: 'POST',
  path: '/api/v1/connected_accounts/{id}/narrow',
  tag: 'Connected accounts',
  summary: 'Lend an account for less, at once: fewer scopes, fewer resources, an earlier end',
  audit: 'connection.scopes_changed',
  status: 200,
  params: idParam,
  body: narrowingInput,
  output: connectedAccount,
  errors: ['not_found', 'conflict', 'unavailable'],
})
