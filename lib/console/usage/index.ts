export {
  type CallCounts,
  type CallUsage,
  callStatuses,
  callUsage,
} from './calls.ts'
export { consentsLookedAt, consentUsage, type ScopeAcceptance } from './consents.ts'
export {
  monthDays,
  type Outlook,
  onLine,
  outlookOf,
  type Prices,
  priced,
  trendDaysLeast,
} from './forecast.ts'
export type { ConsentFunnel } from './funnel.ts'
export { type ConnectorLatency, latencyOf } from './latency.ts'
export {
  chosenRange,
  recentRange,
  stepsOf,
  type UsageRange,
  type UsageRangeName,
  usageDaysMost,
  usageRanges,
} from './range.ts'
export {
  addRenewals,
  type RenewalCounts,
  type RenewalOutcome,
  type RenewalUsage,
  renewalOutcomes,
  renewalUsage,
} from './renewals.ts'
export { rollUsage } from './roll.ts'
export type { UsageFilter } from './source.ts'
export { type Volumes, volumesOf } from './volumes.ts'
