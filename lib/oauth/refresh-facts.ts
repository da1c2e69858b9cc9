import type { Connector } from '#lib/connector-kit'

/** What the vault has to know of a provider to keep its credentials alive. */
export type RefreshFacts = {
  /** How long before its end an access token is renewed, in seconds. */
  bufferSeconds: number
  /**
   * How long after an answer was lost the old refresh token still works, in seconds: 0 where it is spent, Infinity where
   * it does not rotate or the predecessor stays valid.
   */
  oldTokenSeconds: number
  /** After how long without a refresh the refresh token dies, in seconds; `null` where it does not, as far as known. */
  idleSeconds: number | null
  /** Over all accounts of the provider. */
  refreshesPerSecondMax: number
  /**
   * Lifetime to assume for an access token that came with a refresh token and without `expires_in`, in seconds; `null`
   * where none is known. Where no refresh token came with it, the silence means that it does not end.
   */
  accessTtlSecondsDefault: number | null
}

export function refreshFacts({ auth }: Pick<Connector, 'auth'>): RefreshFacts {
  if (auth.kind === 'form') {
    return {
      bufferSeconds: auth.refreshBufferSeconds,
      // What was pasted derives as many access tokens as are asked for.
      oldTokenSeconds: Number.POSITIVE_INFINITY,
      idleSeconds: null,
      refreshesPerSecondMax: auth.refreshesPerSecondMax,
      accessTtlSecondsDefault: auth.grant ? auth.accessTtlSeconds : null,
    }
  }
  return {
    bufferSeconds: auth.refreshBufferSeconds,
    oldTokenSeconds: auth.oldTokenSurvives ? Number.POSITIVE_INFINITY : auth.graceSeconds,
    idleSeconds: auth.refreshIdleSeconds,
    refreshesPerSecondMax: auth.refreshesPerSecondMax,
    accessTtlSecondsDefault: auth.accessTtlSeconds,
  }
}
