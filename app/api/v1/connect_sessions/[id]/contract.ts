import { z } from 'zod'
import { connectSession } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const getConnectSession = contract({
  operationId: 'getConnectSession',
  method: 'GET',
  path: '/api/v1/connect_sessions/{id}',
  tag: 'Connect',
  summary: 'Read the state of a connect session',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: connectSession,
  errors: ['not_found'],
})

export const cancelConnectSession = contract({
  operationId: 'cancelConnectSession',
  method: 'DELETE',
  path: '/api/v1/connect_sessions/{id}',
  tag: 'Connect',
  summary: 'Withdraw an invitation',
  audit: 'connect_session.cancelled',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found', 'session_used'],
})
