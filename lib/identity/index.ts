export {
  createAgentIn,
  disableAgentIn,
  getAgent,
  listAgents,
  resolveAgentsIn,
} from './agents.ts'
export {
  type ApiKeyRole,
  actorOf,
  assertMayGrant,
  authenticateKey,
  findSession,
  type SessionCaller,
  sessionCaller,
  systemCaller,
} from './authenticate.ts'
export { type ApiKey, createApiKeyIn, ensureApiKeyIn, listApiKeys, revokeApiKeyIn } from './keys.ts'
export {
  authenticateMember,
  endMemberSessions,
  issueSignInLinkIn,
  type Member,
  redeemSignInLink,
} from './members.ts'
export { callerAgain, type Remembered, remember } from './remembered.ts'
export {
  authenticateSso,
  bindIssuerIn,
  spendAssertionIn,
  ssoAudience,
  ssoTyp,
  sweepAssertions,
} from './sso/assertion.ts'
export { createSsoKeyIn, disableSsoKeyIn, listSsoKeys } from './sso/keys.ts'
