import { z } from 'zod'
import { contract, idParam } from '#lib/http'
import { caseChange, policyCase } from '#lib/policy/schema'

const path = '/api/v1/policy_cases/{id}'

export const getPolicyCase = contract({
  operationId: 'getPolicyCase',
  method: 'GET',
  path,
  tag: 'Policies',
  summary: 'Read a case',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: policyCase,
  errors: ['not_found'],
})

export const changePolicyCase = contract({
  operationId: 'changePolicyCase',
  method: 'PATCH',
  path,
  tag: 'Policies',
  summary: 'Change a case',
  audit: 'policy.case_changed',
  status: 200,
  params: idParam,
  body: caseChange,
  output: policyCase,
  errors: ['not_found'],
})

export const deletePolicyCase = contract({
  operationId: 'deletePolicyCase',
  method: 'DELETE',
  path,
  tag: 'Policies',
  summary: 'Drop a case',
  audit: 'policy.case_deleted',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
