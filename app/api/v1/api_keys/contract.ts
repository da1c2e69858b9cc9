import { z } from 'zod'
import { contract, pageOf, pageQuery } from '#lib/http'
import { apiKey, apiKeyInput } from '#lib/identity/schema'
import { externalId } from '#lib/tenancy/schema'

export const createApiKey = contract({
  operationId: 'createApiKey',
  method: 'POST',
  toldOnce: ['secret'],
  path: '/api/v1/api_keys',
  tag: 'API keys',
  summary: 'Make a secret key; its secret is shown this once',
  audit: 'api_key.created',
  status: 201,
  body: apiKeyInput,
  output: apiKey.extend({ secret: z.string() }),
  errors: ['not_found'],
})

export const listApiKeys = contract({
  operationId: 'listApiKeys',
  method: 'GET',
  path: '/api/v1/api_keys',
  tag: 'API keys',
  summary: 'List api keys',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }),
  output: pageOf(apiKey),
  errors: ['not_found'],
})
