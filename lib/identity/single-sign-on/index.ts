export type { Change } from './admit.ts'
export { finishSso, type Recorder, type SignedIn } from './callback.ts'
export {
  bindGroupIn,
  changeSsoConnection,
  createSsoConnection,
  deleteSsoConnectionIn,
  getSsoConnection,
  listSsoConnections,
  setSsoStatusIn,
  ssoConnectionInUse,
  ssoOfMember,
} from './connections.ts'
export {
  addSsoDomainIn,
  checkSsoDomain,
  listSsoDomains,
  removeSsoDomainIn,
  ssoFor,
} from './domains.ts'
export { flowSeconds, openSsoFlow, type Purpose, type SsoFlow, ssoAuthorizeUrl, startSso } from './flow.ts'
export { inspectIssuer } from './issuer.ts'
export { type Refusal, SignInRefused } from './refused.ts'
export { requireSsoIn, requiresSso } from './rules.ts'
