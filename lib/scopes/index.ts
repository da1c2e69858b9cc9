export {
  type AccountFactRow,
  type AccountRead,
  type AccountRef,
  accountFact,
  readAccounts,
} from './account.ts'
export {
  ceilingFact,
  ceilingsOfUserIn,
  deleteCeilingIn,
  listCeilings,
  putCeilingIn,
} from './ceilings.ts'
export {
  type DetailUse,
  returnDetailsIn,
  type Spending,
  spendDetailsIn,
  sweepDetails,
  withinDetails,
} from './details.ts'
export { type ConnectUrl, grant, outsideLimits } from './grant.ts'
export { runWithin } from './limits.ts'
export { type Reach, reachOf, type Standing, standingOf } from './reach.ts'
export { expand, satisfied } from './satisfy.ts'
