export {
  createAgentIn,
  disableAgentIn,
  getAgent,
  listAgents,
  resolveAgentsIn,
} from './agents/agents.ts'
export {
  agentClient,
  checkAgentSecret,
  noteAgentSeen,
  upsertClientAgentIn,
} from './agents/client.ts'
export type { AgentClient } from './agents/contract.ts'
export { verifyFederated } from './agents/federation.ts'
export { reachIssuers } from './agents/published.ts'
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
