export { networkOf, siteOf } from './network.ts'
export { type Admission, admission, admitIn, returnIn } from './quota/admit.ts'
export { type Limited, limitPlan, limitsFact } from './quota/plan.ts'
export {
  changeLimitIn,
  createLimitIn,
  deleteLimitIn,
  getLimit,
  listCosts,
  listLimits,
  setCostsIn,
  sweepMeters,
} from './quota/rows.ts'
export { type LimitStanding, standingsOf } from './quota/standing.ts'
export { usageOf } from './quota/usage.ts'
export {
  activeStops,
  cleared,
  going,
  type StopFact,
  type Stoppable,
  stopHolds,
  stopOf,
  stoppedToolsIn,
  stopsFact,
} from './stops/facts.ts'
export { runningCalls } from './stops/running.ts'
export { getStop, liftStop, listStops, placeStop } from './stops/store.ts'
