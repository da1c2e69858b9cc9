export { decide, forbiddenToolsIn, isAsked, loadPolicies } from './decide.ts'
export type { LoadedPolicies, Rule } from './loaded.ts'
export { createPolicyIn, deletePolicyIn, listPolicies } from './rules.ts'
