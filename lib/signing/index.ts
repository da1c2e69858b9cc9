// The deployment's own signature: receipts today; checkpoints of the audit and access tokens are to use the same keys,
// each kind under a `typ` of its own.
export { rotateSigningKey } from './rotate.ts'
export { publishedKeys, type Signer, signer } from './sign.ts'
