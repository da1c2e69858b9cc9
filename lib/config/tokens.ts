import { z } from 'zod'

/** What holds of access tokens at our own resources. */
export type TokenSettings = Readonly<{
  /** How many agents one call may go through, the one that calls included. */
  delegationDepthMax: number
  /** Whether proofs of possession must carry a nonce of ours (RFC 9449 §9). */
  dpopNonce: boolean
}>

export const tokenEnvironment = {
  BEHALF_DELEGATION_DEPTH: z.coerce.number().int().min(1).max(10).default(3),
  BEHALF_DPOP_NONCE: z.enum(['on', 'off']).default('off'),
}

export const readTokenSettings = (e: {
  BEHALF_DELEGATION_DEPTH: number
  BEHALF_DPOP_NONCE: 'on' | 'off'
}): TokenSettings => ({
  delegationDepthMax: e.BEHALF_DELEGATION_DEPTH,
  dpopNonce: e.BEHALF_DPOP_NONCE === 'on',
})
