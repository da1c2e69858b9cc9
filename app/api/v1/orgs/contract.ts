import { contract, pageOf, pageQuery } from '#lib/http'
import { organization } from '#lib/tenancy/schema'

export const listOrgs = contract({
  operationId: 'listOrgs',
  method: 'GET',
  path: '/api/v1/orgs',
  tag: 'Organizations',
  summary: 'List organizations',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery,
  output: pageOf(organization),
})
