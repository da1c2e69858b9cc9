export {
  type ConnectionsCursor,
  type ConnectionsOrder,
  countConnections,
  listConnectionIds,
} from './accounts.ts'
export { type Call, getCall, listCalls, listRefused, refusedShape } from './activity.ts'
export {
  type AgentsCursor,
  agentsOrders,
  getWatchedAgent,
  listWatchedAgents,
  type WatchedAgent,
} from './agents.ts'
export { attentionOf } from './attention.ts'
export { type Cell, type ExportPage, type ListFormat, listFormats, listStream, listTypes } from './export.ts'
export { firstStepsOf } from './first-steps.ts'
export { type ScopeRules, scopeRulesOf } from './over-grants.ts'
export { getPerson, listPeople, type Person, peopleIds } from './people.ts'
export { listReceipts, type ReceiptRow } from './receipts.ts'
export {
  type RevocableFilter,
  type RevocationImpact,
  revocableIds,
  revocationImpact,
} from './revocation-impact.ts'
export { countActiveIn, revocationShare } from './revocation-share.ts'
export { deleteView, saveView, viewsOf } from './saved-views.ts'
export { shownOf } from './shown.ts'
export { countCallsOf, countStoppedCalls, lastCallOf } from './stop-proof.ts'
export * from './usage/index.ts'
