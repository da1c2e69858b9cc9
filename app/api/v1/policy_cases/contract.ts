import { contract, pageOf, pageQuery } from '#lib/http'
import { caseInput, policyCase } from '#lib/policy/schema'
import { externalId } from '#lib/tenancy/schema'

export const createPolicyCase = contract({
  operationId: 'createPolicyCase',
  method: 'POST',
  path: '/api/v1/policy_cases',
  tag: 'Policies',
  summary: 'Keep a case that versions have to get right',
  audit: 'policy.case_created',
  status: 201,
  body: caseInput,
  output: policyCase,
  errors: ['not_found', 'conflict'],
})

export const listPolicyCases = contract({
  operationId: 'listPolicyCases',
  method: 'GET',
  path: '/api/v1/policy_cases',
  tag: 'Policies',
  summary: 'List cases',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }),
  output: pageOf(policyCase),
  errors: ['not_found'],
})
