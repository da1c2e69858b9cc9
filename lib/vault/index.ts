export {
  type CredentialFactRow,
  type CredentialRef,
  type CredentialState,
  credentialFact,
  dropCredentialIn,
  dropDeadIn,
  markDeadIn,
  nextGenerationIn,
  putCredentialIn,
  readCredential,
  restoreIn,
  sealTokens,
  shredGenerationsIn,
  type Tokens,
  withOwedTokens,
  withTokens,
} from './credential.ts'
export { credentialReport } from './credential-report.ts'
export { reachKeyServices } from './key-services/index.ts'
export { postponeRefresh } from './lease.ts'
export { ledSealerOf, sealLed, withOpenedLed } from './led.ts'
export { forgetOrgKeys, prepareOrgKeys } from './org-keys.ts'
export { rebindCredential } from './rebind.ts'
export { drainRefreshes, renewAhead, sameCredential } from './refresh.ts'
export { dueInSeconds, type Refresher, type RefreshResult } from './refresher.ts'
export { countWrapped, nameOrgKey } from './rewrap.ts'
export { createKeyRotation, keyStatus, type Rotation, rotationsOf } from './rotations.ts'
export {
  type Binding,
  orgHmac,
  orgHmacOf,
  type Sealer,
  seal,
  sealerOf,
  withOpened,
} from './seal.ts'
export { destroyOrgKeysIn } from './shred.ts'
export { followSpool, replaySpool } from './spool.ts'
export { type Lent, withCredential } from './with-credential.ts'
