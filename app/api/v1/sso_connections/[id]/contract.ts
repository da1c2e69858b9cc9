import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { ssoConnection, ssoConnectionChange } from '#lib/identity/schema'

const path = '/api/v1/sso_connections/{id}'

export const getSsoConnection = contract({
  operationId: 'getSsoConnection',
  method: 'GET',
  path,
  tag: 'Single sign-on',
  summary: 'Read an identity provider of the console, never its secret',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: ssoConnection,
  errors: ['not_found'],
})

export const changeSsoConnection = contract({
  operationId: 'changeSsoConnection',
  method: 'PATCH',
  path,
  tag: 'Single sign-on',
  summary: 'Change what is given and leave the rest; switch the connection on or off',
  description:
    'A key changes no connection by which groups lead to a role that reaches further than the key, or members with such a ' +
    'role sign in; it may switch one off.',
  audit: 'sso_connection.changed',
  status: 200,
  params: idParam,
  body: ssoConnectionChange,
  output: ssoConnection,
  errors: ['not_found', 'forbidden', 'conflict'],
})

export const deleteSsoConnection = contract({
  operationId: 'deleteSsoConnection',
  method: 'DELETE',
  path,
  tag: 'Single sign-on',
  summary: 'Delete an identity provider of the console and destroy its secret',
  audit: 'sso_connection.deleted',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found', 'conflict'],
})
