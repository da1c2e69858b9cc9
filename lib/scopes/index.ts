export {
  type AccountFactRow,
  type AccountRead,
  type AccountRef,
  accountFact,
  readAccounts,
} from './account.ts'
export {
  type AgentGrant,
  coversAccount,
  coversCall,
  grantFact,
  hasChanged,
  isLaterThan,
  isPinned,
  type Pin,
  pinOf,
  pinsByAccount,
} from './agent-grants.ts'
export {
  ceilingsOfUserIn,
  deleteCeilingIn,
  listCeilings,
  putCeilingIn,
} from './ceilings.ts'
export {
  type DetailUse,
  returnDetailsIn,
  spendDetailsIn,
  sweepDetails,
} from './details.ts'
export { type ConnectUrl, grant, outsideLimits, ToolChanged } from './grant.ts'
export { lentAccounts } from './lent.ts'
export { runWithin } from './limits.ts'
export { lendableIn, type Reach, reachOf, type Standing, standingOf } from './reach.ts'
export { expand } from './satisfy.ts'
