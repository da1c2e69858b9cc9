export {
  getAccount,
  getAccountIn,
  hideAccountIn,
  listAccounts,
  listConnections,
  type PausedBy,
  pauseAccountIn,
  resumeAccountIn,
  stopAccountIn,
} from './accounts.ts'
export {
  type Attempt,
  answerAttemptIn,
  answeredAttemptIn,
  failAttemptIn,
  type ProviderAnswer,
  settleAttemptIn,
  startAttemptIn,
  takeAttempt,
} from './attempts.ts'
export { accountForIn, activateIn } from './connections.ts'
export { earlierImportIn, type ImportedBy, importText, verifyAccountIn, wasImportedIn } from './imports.ts'
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
export { isUnverified, unverifiedProviderAccount } from './unverified.ts'
export { buildConsentView, consentHash, consentText, offeredScopes } from './view.ts'
