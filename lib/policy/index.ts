export { decide, forbiddenToolsIn, isAsked, PolicyDenied } from './decide.ts'
export type { Version } from './engine.ts'
export { composePolicies } from './engines.ts'
export { factsOf, noUsage } from './facts.ts'
export { type LoadedPolicies, type PoliciesFactRow, policiesFact } from './loaded.ts'
export { outlookOf } from './outlook.ts'
export { createPolicyIn, deletePolicyIn, listPolicies } from './rules.ts'
export { usageFor } from './usage.ts'
export {
  changeCaseIn,
  createCaseIn,
  deleteCaseIn,
  getCase,
  listCases,
} from './versions/cases.ts'
export { changeDraft, createDraft, discardDraft, getVersion, listVersions } from './versions/drafts.ts'
export {
  type Bundle,
  bundleOf,
  bundleOfSource,
  dryRun,
  judgeWith,
  testVersion,
  versionNumbered,
} from './versions/dry-run.ts'
export { flipOf } from './versions/flip.ts'
export { factsOfMadeUp } from './versions/made-up.ts'
export { type Published, publishDraft, rollBack, withdraw } from './versions/publish.ts'
export { policySchema, validate } from './versions/validate.ts'
