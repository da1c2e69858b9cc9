import { contract, pageOf, pageQuery } from '#lib/http'
import { ssoConnection, ssoConnectionInput } from '#lib/identity/schema'
import { externalId } from '#lib/tenancy/schema'

const path = '/api/v1/sso_connections'
const orgId = externalId.optional()

export const createSsoConnection = contract({
  operationId: 'createSsoConnection',
  method: 'POST',
  path,
  tag: 'Single sign-on',
  summary: 'Add an identity provider by which members sign in to the console, switched off',
  description:
    'A key binds groups to no role that reaches further than the key itself. The domains that lead to a connection, and ' +
    'whether single sign-on is required, are an owner’s to say in the console.',
  audit: 'sso_connection.created',
  status: 201,
  body: ssoConnectionInput.extend({
    org_id: orgId.describe('The organization whose members sign in by it; without one, operators do'),
  }),
  output: ssoConnection,
  errors: ['not_found', 'forbidden', 'conflict'],
})

export const listSsoConnections = contract({
  operationId: 'listSsoConnections',
  method: 'GET',
  path,
  tag: 'Single sign-on',
  summary: 'List the identity providers by which members sign in to the console',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: orgId }),
  output: pageOf(ssoConnection),
  errors: ['not_found'],
})
