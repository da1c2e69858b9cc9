import { z } from 'zod'
import { contract, pageOf, pageQuery } from '#lib/http'
import { ssoKey, ssoKeyInput } from '#lib/identity/schema'
import { externalId } from '#lib/tenancy/schema'

const path = '/api/v1/orgs/{id}/sso_keys'
const params = z.object({ id: externalId })

export const createSsoKey = contract({
  operationId: 'createSsoKey',
  method: 'POST',
  path,
  tag: 'Organizations',
  summary: 'Register the public keys of an issuer that says who is signed in',
  description: 'Assertions of that issuer are then traded for sessions at /connect/sso.',
  audit: 'sso_key.created',
  status: 201,
  params,
  body: ssoKeyInput,
  output: ssoKey,
  errors: ['not_found', 'conflict'],
})

export const listSsoKeys = contract({
  operationId: 'listSsoKeys',
  method: 'GET',
  path,
  tag: 'Organizations',
  summary: 'List the issuers whose assertions are taken',
  audit: { none: 'a read' },
  status: 200,
  params,
  query: pageQuery,
  output: pageOf(ssoKey),
  errors: ['not_found'],
})
