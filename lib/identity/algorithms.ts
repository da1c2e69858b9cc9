/** Those of tokens and proofs that others sign. Asymmetric ones alone: with a shared key, whoever checks could also sign. */
export const algorithms = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
]
