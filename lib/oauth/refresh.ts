import { type Connector, isForm, isOAuth } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import type { Refresher, RefreshResult } from '#lib/vault'
import type { AuthConfig } from './auth-configs.ts'
import { addressedBy } from './endpoints.ts'
import { deriveToken } from './form-grant.ts'
import { refreshFacts } from './refresh-facts.ts'
import { refreshResult } from './refresh-result.ts'
import { callTokenEndpoint } from './token-endpoint.ts'

/** What follows from how a refresh ended: for the room that knows accounts and consents. */
export type Consequences = Pick<
  Refresher,
  'onOutcome' | 'onDead' | 'onTampered' | 'onRevived' | 'onOvertaken'
>

/**
 * How long an access token lives, in seconds, where its provider did not say; `null` for "not known to end". Without a
 * refresh token beside it silence means that it does not.
 */
export const lifetimeSeconds = (
  connector: Connector,
  said: number | null,
  refreshable: boolean,
): number | null => said ?? (refreshable ? refreshFacts(connector).accessTtlSecondsDefault : null)

/**
 * The provider's side of a refresh, for the vault: RFC 6749 §6, or another access token from what was pasted. An API
 * key has none: it never gets here, for it is nothing that could be renewed.
 */
export function refresherFor(
  egress: Egress,
  connector: Connector,
  tenant: Tenant,
  auth: AuthConfig,
  consequences: Consequences,
): Refresher {
  const { bufferSeconds, oldTokenSeconds, idleSeconds } = refreshFacts(connector)
  return {
    ...consequences,
    connector: connector.id,
    bufferSeconds,
    oldTokenSeconds,
    idleSeconds,
    refresh: async (refreshToken, deadlineMs, fields): Promise<RefreshResult> => {
      const at = addressedBy(auth, connector, fields)
      const answer = isOAuth(connector)
        ? await callTokenEndpoint(
            egress,
            connector,
            tenant,
            at,
            { grant_type: 'refresh_token', refresh_token: refreshToken },
            deadlineMs,
          )
        : isForm(connector) && connector.auth.grant
          ? await deriveToken(egress, connector, at, connector.auth.grant, fields ?? {}, deadlineMs)
          : null
      if (!answer) return { kind: 'dead', errorCode: 'not_renewable' }
      const result = refreshResult(answer)
      if (result.kind !== 'refreshed') return result
      // A renewal that brings no refresh token keeps the one that it used.
      return { ...result, expiresInSeconds: lifetimeSeconds(connector, result.expiresInSeconds, true) }
    },
  }
}
