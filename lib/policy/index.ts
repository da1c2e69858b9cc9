export { decide, forbids } from './decide.ts'
export { createPolicyIn, deletePolicyIn, listPolicies } from './rules.ts'
