import { contract, pageOf, pageQuery } from '#lib/http'
import { policy, policyInput } from '#lib/policy/schema'
import { externalId } from '#lib/tenancy/schema'

export const createPolicy = contract({
  operationId: 'createPolicy',
  method: 'POST',
  path: '/api/v1/policies',
  tag: 'Policies',
  summary: 'Forbid tools or effects',
  audit: 'policy.created',
  status: 201,
  body: policyInput,
  output: policy,
  errors: ['not_found'],
})

export const listPolicies = contract({
  operationId: 'listPolicies',
  method: 'GET',
  path: '/api/v1/policies',
  tag: 'Policies',
  summary: 'List policies',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }),
  output: pageOf(policy),
  errors: ['not_found'],
})
