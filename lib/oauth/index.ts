export {
  type AuthConfig,
  type AuthConfigFactRow,
  authConfigFact,
  authConfigOf,
  configuredConnectorsIn,
  findAuthConfigIn,
  sharedConnectorsIn,
  withSharedSecrets,
} from './auth-configs.ts'
export { authorizeUrl, newProofs, type Proofs, readAnswer } from './authorize.ts'
export { accessHeader, type Presented, secretsIn } from './client-authentication.ts'
export { addressedBy, baseUrlsOf, pinnedHosts, urlOf } from './endpoints.ts'
export { exchangeCode, grantedScopes } from './exchange.ts'
export { readFields } from './form-fields.ts'
export { type FormRefusal, testCredentials } from './form-test.ts'
export { whoIs } from './identity.ts'
export {
  changeAuthConfig,
  createAuthConfig,
  deleteAuthConfig,
  ensureFormConfigs,
  getAuthConfig,
  listAuthConfigs,
} from './manage-auth-configs.ts'
export { type Ended, RefusedSet, readNotice } from './notices/index.ts'
export { lifetimeSeconds, refresherFor } from './refresh.ts'
export { refreshFacts } from './refresh-facts.ts'
export { revokeUpstream, type UpstreamRevocation } from './revoke.ts'
export { callTokenEndpoint, type TokenAnswer } from './token-endpoint.ts'
