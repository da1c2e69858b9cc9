import type { RefreshResult } from '#lib/vault'
import type { TokenAnswer } from './token-endpoint.ts'

/** A refresh that came through, or a refusal: one that ends the consent, may be a race, is our fault, or passes. */
export function refreshResult(answer: TokenAnswer): RefreshResult {
  switch (answer.kind) {
    case 'tokens':
      return {
        kind: 'refreshed',
        tokens: { accessToken: answer.tokens.accessToken, refreshToken: answer.tokens.refreshToken },
        expiresInSeconds: answer.tokens.expiresInSeconds,
      }
    case 'no_answer':
      return { kind: answer.requestSent ? 'lost' : 'transient', errorCode: answer.errorCode }
    // Each needs the person again; the code says why.
    case 'dead':
    case 'expired_refresh':
    case 'interaction':
      return { kind: 'dead', errorCode: answer.errorCode }
    case 'ambiguous':
    case 'expired':
      return { kind: 'ambiguous', errorCode: answer.errorCode }
    case 'transient':
    case 'rate_limited': {
      const { errorCode, retryAfterSeconds } = answer
      return { kind: 'transient', errorCode, ...(retryAfterSeconds !== null && { retryAfterSeconds }) }
    }
    default:
      return { kind: 'config', errorCode: answer.errorCode }
  }
}
