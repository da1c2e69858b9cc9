export { finishSso, type Recorder } from './callback.ts'
export {
  bindGroupIn,
  changeSsoConnection,
  createSsoConnection,
  deleteSsoConnectionIn,
  type SsoConnectionChanged,
  setSsoStatusIn,
} from './changes.ts'
export {
  getSsoConnection,
  listSsoConnections,
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
export { flowSeconds, openSsoFlow, type Purpose, ssoAuthorizeUrl, startSso } from './flow.ts'
export { inspectIssuer } from './issuer.ts'
export { SignInRefused } from './refused.ts'
export { requireSsoIn, requiresSso } from './rules.ts'
