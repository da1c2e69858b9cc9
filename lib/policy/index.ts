export { decide, forbiddenToolsIn, isAsked, loadPolicies } from './decide.ts'
export { factsOf, type KnownOfCall, noUsage } from './facts.ts'
export type { LoadedPolicies, Rule } from './loaded.ts'
export { createPolicyIn, deletePolicyIn, listPolicies } from './rules.ts'
