export { decide } from './decide.ts'
export { createPolicyIn, deletePolicyIn, listPolicies } from './rules.ts'
