export {
  getAccount,
  getAccountIn,
  hideAccountIn,
  listAccounts,
  listConnections,
  pauseAccountIn,
  resumeAccountIn,
  stopAccountIn,
} from './accounts.ts'
export {
  type Attempt,
  answerAttemptIn,
  answeredAttemptIn,
  failAttemptIn,
  keepPicksIn,
  type ProviderAnswer,
  pickIn,
  pickingAttemptIn,
  settleAttemptIn,
  startAttemptIn,
  takeAttempt,
} from './attempts.ts'
export type { PreviousConsent } from './change-since.ts'
export { accountForIn, activateIn, narrowIn } from './connections.ts'
export {
  countTryIn,
  forgetFormsIn,
  type KeptForm,
  keepFormIn,
  keptForm,
  openAttempt,
} from './credential-forms.ts'
export { durationsOffered, endOfConsent, longestConsent } from './durations.ts'
export { earlierImportIn, type ImportedBy, importText, verifyAccountIn, wasImportedIn } from './imports.ts'
export { ceilingOf, type OfferedScope, offeredScopes, type UnderCeilings } from './offered.ts'
export { composeReceipt, type ReceiptFacts } from './receipt/compose.ts'
export { keysPath } from './receipt/fields.ts'
export { type ReceiptFile, receiptFile } from './receipt/files.ts'
export { renderKeysPage } from './receipt/keys-page.ts'
export { connectionOfSession, getReceipt, issueReceiptIn } from './receipt/store.ts'
export { type Report, verifyReceipt } from './receipt/verify.ts'
export {
  askIn,
  decideIn,
  expireRequestsIn,
  getRequest,
  getRequestIn,
  isApprovedIn,
  latestRequestIn,
  listRequests,
  type Request,
  requestStatusOf,
  requestView,
  useApprovalIn,
  type Wanted,
} from './requests.ts'
export {
  accountToRenewIn,
  assertLive,
  createSessionIn,
  getSession,
  getSessionIn,
  moveSessionIn,
  rotateHandle,
  type Session,
  sessionView,
  upsertUserIn,
} from './sessions.ts'
export { consentHash, consentText, pickedText } from './text.ts'
export { isUnverified, unverifiedProviderAccount } from './unverified.ts'
export { buildConsentView, type ConsentFacts } from './view.ts'
export { withWording } from './wording.ts'
export { capital, riskKeys } from './words.ts'
