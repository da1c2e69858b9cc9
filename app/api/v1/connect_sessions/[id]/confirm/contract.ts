import { z } from 'zod'
import { connectSession } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'
import { externalId } from '#lib/tenancy/schema'

export const confirmConnectSession = contract({
  operationId: 'confirmConnectSession',
  method: 'POST',
  path: '/api/v1/connect_sessions/{id}/confirm',
  tag: 'Connect',
  summary: 'Vouch for who finished',
  description:
    'Called by the host with the code that arrived at its return_url, and the id of the user who is signed in there. ' +
    'Only now does the connection become active; for anyone but the invited user the fresh tokens are discarded.',
  audit: 'connection.created',
  status: 200,
  params: idParam,
  body: z.strictObject({ user_id: externalId, confirmation_code: z.string().min(1).max(200) }),
  output: connectSession,
  errors: ['not_found', 'user_mismatch', 'account_mismatch', 'session_used', 'session_expired', 'conflict'],
})
