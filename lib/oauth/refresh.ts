import type { Connector } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import type { CredentialState, Refresher, RefreshResult } from '#lib/vault'
import type { AuthConfig } from './auth-configs.ts'
import { callTokenEndpoint, type TokenAnswer } from './token-endpoint.ts'

/** A refusal that ends the consent, one that may be a race, one of ours, or one that passes. */
function result(answer: TokenAnswer): RefreshResult {
  switch (answer.kind) {
    case 'tokens':
      return {
        kind: 'refreshed',
        tokens: { accessToken: answer.tokens.accessToken, refreshToken: answer.tokens.refreshToken },
        expiresInSeconds: answer.tokens.expiresInSeconds,
      }
    case 'no_answer':
      return { kind: answer.requestSent ? 'lost' : 'transient', errorCode: answer.errorCode }
    case 'dead':
      return { kind: 'dead', errorCode: answer.errorCode }
    case 'ambiguous':
    case 'expired':
      return { kind: 'ambiguous', errorCode: answer.errorCode }
    case 'transient':
    case 'rate_limited':
      return { kind: 'transient', errorCode: answer.errorCode }
    default:
      return { kind: 'config', errorCode: answer.errorCode }
  }
}

/** The provider's side of a refresh (RFC 6749 §6), for the vault. */
export function refresherFor(
  egress: Egress,
  connector: Connector,
  tenant: Tenant,
  auth: AuthConfig,
  onDead: (state: CredentialState, reason: string) => Promise<void>,
): Refresher {
  const { rotation } = connector.auth
  return {
    connector: connector.id,
    bufferSeconds: connector.auth.refreshBufferSeconds,
    oldTokenSurvives: rotation === 'none' || rotation === 'sliding_not_revoked',
    refresh: async (refreshToken, deadlineMs) =>
      result(
        await callTokenEndpoint(
          egress,
          connector,
          tenant,
          auth,
          { grant_type: 'refresh_token', refresh_token: refreshToken },
          deadlineMs,
        ),
      ),
    onDead,
  }
}
