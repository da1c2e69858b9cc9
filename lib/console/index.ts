export {
  type ConnectionsCursor,
  type ConnectionsFilter,
  type ConnectionsOrder,
  countConnections,
  listConnectionIds,
} from './accounts.ts'
export { type Call, type CallsFilter, getCall, listCalls, listRefused, refusedShape } from './activity.ts'
export { type Attention, attentionOf } from './attention.ts'
export { type Cell, type ExportPage, type ListFormat, listFormats, listStream, listTypes } from './export.ts'
export type { ScopeRules } from './over-grants.ts'
export { getPerson, listPeople, type PeopleFilter, type Person, peopleIds } from './people.ts'
export { listReceipts, type ReceiptRow, type ReceiptsFilter } from './receipts.ts'
export { deleteView, saveView, type Viewer, viewsOf } from './saved-views.ts'
export { type CallsOf, countCallsOf, countStoppedCalls, lastCallOf, type Span } from './stop-proof.ts'
