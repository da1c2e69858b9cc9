import { connectSessionInput, createdConnectSession } from '#lib/consent/schema'
import { contract } from '#lib/http'

export const createConnectSession = contract({
  operationId: 'createConnectSession',
  method: 'POST',
  toldOnce: ['token', 'url', 'hosted_url'],
  path: '/api/v1/connect_sessions',
  tag: 'Connect',
  summary: 'Invite an end user to connect',
  description: 'Org and user are made if new. The token and the links are shown this once.',
  audit: 'connect_session.created',
  status: 201,
  body: connectSessionInput,
  output: createdConnectSession,
})
