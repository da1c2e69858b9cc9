import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { authConfig, authConfigChange } from '#lib/oauth/schema'

const path = '/api/v1/auth_configs/{id}'

export const getAuthConfig = contract({
  operationId: 'getAuthConfig',
  method: 'GET',
  path,
  tag: 'Auth configs',
  summary: 'Read an auth config, never its secret',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: authConfig,
  errors: ['not_found'],
})

export const changeAuthConfig = contract({
  operationId: 'changeAuthConfig',
  method: 'PATCH',
  path,
  tag: 'Auth configs',
  summary: 'Change what is given and leave the rest',
  audit: 'auth_config.changed',
  status: 200,
  params: idParam,
  body: authConfigChange,
  output: authConfig,
  errors: ['not_found', 'conflict'],
})

export const deleteAuthConfig = contract({
  operationId: 'deleteAuthConfig',
  method: 'DELETE',
  path,
  tag: 'Auth configs',
  summary: 'Destroy the client secret and stop new connections through it',
  audit: 'auth_config.deleted',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
