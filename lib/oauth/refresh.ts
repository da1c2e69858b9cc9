import type { Connector } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import type { Tenant } from '#lib/proof'
import type { Refresher } from '#lib/vault'
import type { AuthConfig } from './auth-configs.ts'
import { refreshResult } from './refresh-result.ts'
import { revokeUpstream } from './revoke.ts'
import { callTokenEndpoint } from './token-endpoint.ts'

/** What follows from how a refresh ended: for the room that knows accounts and consents. */
export type Consequences = Pick<Refresher, 'onOutcome' | 'onDead' | 'onTampered' | 'onRevived'>

/** How long after an answer was lost the old refresh token still works, in seconds. */
function oldTokenSeconds({ rotation }: Connector['auth']): number {
  return rotation === 'none' || rotation === 'sliding_not_revoked' ? Number.POSITIVE_INFINITY : 0
}

/** The provider's side of a refresh (RFC 6749 §6), for the vault. */
export function refresherFor(
  egress: Egress,
  connector: Connector,
  tenant: Tenant,
  auth: AuthConfig,
  consequences: Consequences,
): Refresher {
  const facts = connector.auth
  return {
    ...consequences,
    connector: connector.id,
    bufferSeconds: facts.refreshBufferSeconds,
    oldTokenSeconds: oldTokenSeconds(facts),
    idleSeconds: null,
    refresh: async (refreshToken, deadlineMs) =>
      refreshResult(
        await callTokenEndpoint(
          egress,
          connector,
          tenant,
          auth,
          { grant_type: 'refresh_token', refresh_token: refreshToken },
          deadlineMs,
        ),
      ),
    discard: async (tokens) => {
      // Where ending them would end a newer consent too, they are left to run out.
      if (facts.revoke?.endsWiderGrant === false)
        await revokeUpstream(egress, connector, tenant, auth, tokens)
    },
  }
}
