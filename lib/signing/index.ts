// The deployment's own signature: receipts today; checkpoints of the audit and access tokens are to use the same keys,
// each kind under a `typ` of its own.
export { type PublishedKey, publishedKeys } from './keys.ts'
export { type RecordRotation, rotateSigningKey } from './rotate.ts'
export { type Sign, type Signer, signer } from './sign.ts'
