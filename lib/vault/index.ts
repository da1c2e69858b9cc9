export {
  type CredentialState,
  dropCredentialIn,
  nextGenerationIn,
  putCredentialIn,
  sealTokens,
  type Tokens,
} from './credential.ts'
export type { CredentialRef } from './lease.ts'
export { createOrgKeyIn, forgetOrgKeys } from './org-keys.ts'
export {
  type Binding,
  orgHmac,
  orgHmacOf,
  type Sealer,
  seal,
  sealerOf,
  withOpened,
} from './seal.ts'
export { type DestroyedKey, type Destruction, destroyOrgKeysIn } from './shred.ts'
export {
  type Lent,
  type Refresher,
  type RefreshResult,
  sameCredential,
  withCredential,
} from './with-credential.ts'
