export { decide, forbiddenToolsIn } from './decide.ts'
export { createPolicyIn, deletePolicyIn, listPolicies } from './rules.ts'
