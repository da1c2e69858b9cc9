import { z } from 'zod'
import { contract, pageOf, pageQuery } from '#lib/http'
import { authConfig, authConfigInput } from '#lib/oauth/schema'
import { externalId } from '#lib/tenancy/schema'

export const createAuthConfig = contract({
  operationId: 'createAuthConfig',
  method: 'POST',
  path: '/api/v1/auth_configs',
  tag: 'Auth configs',
  summary: 'Set up our OAuth client at a provider',
  description:
    'Belongs to the deployment, or to the org it names: an org uses its own before the deployment’s.',
  audit: 'auth_config.created',
  status: 201,
  body: authConfigInput,
  output: authConfig,
  errors: ['not_found'],
})

export const listAuthConfigs = contract({
  operationId: 'listAuthConfigs',
  method: 'GET',
  path: '/api/v1/auth_configs',
  tag: 'Auth configs',
  summary: 'List the auth configs of an org or, without one, of the deployment',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional(), connector: z.string().max(31).optional() }),
  output: pageOf(authConfig),
  errors: ['not_found'],
})
