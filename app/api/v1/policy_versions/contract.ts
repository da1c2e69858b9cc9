import { contract, pageOf, pageQuery } from '#lib/http'
import { policyVersion, policyVersionSummary, versionInput } from '#lib/policy/schema'
import { externalId } from '#lib/tenancy/schema'

export const createPolicyVersion = contract({
  operationId: 'createPolicyVersion',
  method: 'POST',
  path: '/api/v1/policy_versions',
  tag: 'Policies',
  summary: 'Draft a version of the policies',
  description:
    'A draft may have problems: they are told, and keep it from being published. Nothing changes yet.',
  audit: 'policy.drafted',
  status: 201,
  body: versionInput,
  output: policyVersion,
  errors: ['not_found'],
})

export const listPolicyVersions = contract({
  operationId: 'listPolicyVersions',
  method: 'GET',
  path: '/api/v1/policy_versions',
  tag: 'Policies',
  summary: 'List versions of the policies',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }),
  output: pageOf(policyVersionSummary),
  errors: ['not_found'],
})
