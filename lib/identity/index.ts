export {
  type AgentCaller,
  actorsOf as actorsOfToken,
  authenticateAccessToken,
  authenticateToken,
  insufficientScope,
  liveToken,
  missingToken,
  presentsToken,
  proofAlgorithms,
  readProof,
  spendOnce,
  sweepProofs,
  userFrom,
} from './access-token/index.ts'
export {
  admitAgentIn,
  getAdmission,
  withdrawAdmissionIn,
} from './agents/admissions.ts'
export {
  changeAgentIn,
  createAgentIn,
  disableAgentIn,
  getAgent,
  isAdmittedIn,
  listAgents,
  resolveAgentsIn,
  setAgentDisabledIn,
} from './agents/agents.ts'
export {
  agentClient,
  checkAgentSecret,
  upsertClientAgentIn,
} from './agents/client.ts'
export type { AgentClient } from './agents/contract.ts'
export {
  assertMayEmpower,
  createCredentialIn,
  getCredential,
  listCredentials,
  revokeCredentialIn,
  rotateSecretIn,
} from './agents/credentials.ts'
export { verifyFederated } from './agents/federation.ts'
export { reachIssuers } from './agents/published.ts'
export {
  changeToolsetIn,
  createToolsetIn,
  deleteToolsetIn,
  getToolset,
  listToolsets,
} from './agents/toolsets.ts'
export { noteProofUsed } from './agents/used.ts'
export { algorithms } from './algorithms.ts'
export {
  type ApiKeyRole,
  actorOf,
  actorsOf,
  assertMayGrant,
  authenticateKey,
  authenticateScim,
  chainOf,
  findSession,
  type ScimCaller,
  type SessionCaller,
  sessionCaller,
  systemCaller,
} from './authenticate.ts'
export { type ApiKey, createApiKeyIn, ensureApiKeyIn, listApiKeys, revokeApiKeyIn } from './keys.ts'
export {
  countAskedLink,
  issueLinkIn,
  issueSignInLinkIn,
  mayAskForLinkIn,
  membersAt,
  signInLinkSeconds,
} from './members/links.ts'
export {
  assertMayGiveRole,
  changeRoleIn,
  endSessionsAndLinksIn,
  getMember,
  inviteMemberIn,
  listMembers,
  setMemberDisabledIn,
} from './members/manage.ts'
export { isSamePerson, type MemberPerson, memberPerson, peopleWhoMay } from './members/people.ts'
export type { Member, SignInMethod } from './members/rows.ts'
export {
  authenticateMember,
  endMemberSessionsIn,
  noteSignInIn,
  redeemSignInLink,
} from './members/sessions.ts'
export { callerAgain, nameOf, type Remembered, remember } from './remembered.ts'
export {
  createScimTokenIn,
  listScimTokens,
  noteScimTokenUsed,
  revokeScimTokenIn,
  scimTokenInput,
} from './scim-tokens.ts'
export {
  addSsoDomainIn,
  bindGroupIn,
  changeSsoConnection,
  checkSsoDomain,
  createSsoConnection,
  deleteSsoConnectionIn,
  finishSso,
  flowSeconds as ssoFlowSeconds,
  getSsoConnection,
  inspectIssuer,
  listSsoConnections,
  listSsoDomains,
  openSsoFlow,
  type Purpose as SsoPurpose,
  type Recorder as SsoRecorder,
  removeSsoDomainIn,
  requireSsoIn,
  requiresSso,
  SignInRefused,
  type SsoConnectionChanged,
  setSsoStatusIn,
  ssoAuthorizeUrl,
  ssoConnectionInUse,
  ssoFor,
  ssoOfMember,
  startSso,
} from './single-sign-on/index.ts'
export {
  authenticateSso,
  bindIssuerIn,
  spendAssertionIn,
  ssoAudience,
  ssoTyp,
  sweepAssertions,
} from './sso/assertion.ts'
export { createSsoKeyIn, disableSsoKeyIn, listSsoKeys } from './sso/keys.ts'
export { readUserAssertion } from './sso/user-assertion.ts'
