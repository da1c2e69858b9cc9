export {
  type CredentialFacts,
  type CredentialState,
  dropCredentialIn,
  nextGenerationIn,
  putCredentialIn,
  readCredential,
  sealTokens,
  type Tokens,
  withTokens,
} from './credential.ts'
export { type CredentialRef, releaseLease, replaceTokens, takeLease } from './lease.ts'
export { createOrgKeyIn, forgetOrgKeys } from './org-keys.ts'
export {
  type Binding,
  orgHmac,
  orgHmacOf,
  type Sealed,
  type Sealer,
  seal,
  sealerOf,
  withOpened,
} from './seal.ts'
export {
  type Lent,
  type Refresher,
  type RefreshResult,
  sameCredential,
  withCredential,
} from './with-credential.ts'
