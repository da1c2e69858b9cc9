import type { Connector } from '#lib/connector-kit'
import { metrics } from '#lib/log'
import { type AuthConfig, refresherFor } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import type { Refresher } from '#lib/vault'
import type { Deps } from '../context.ts'
import { countRenewal, outcomes } from './count-renewals.ts'
import { countOutcome, isSuspect, wasSuspect } from './incidents.ts'
import { giveBackOvertaken } from './overtaken.ts'
import { needsReauth, recordTampering, restoreAccount } from './reauth.ts'

/** How the tokens of one account are renewed: the provider's side, and what follows for the account. */
export function refresherOf(deps: Deps, tenant: Tenant, connector: Connector, auth: AuthConfig): Refresher {
  const verdictOn = async (...[state, reason]: Parameters<Refresher['onDead']>): Promise<'dead' | 'held'> => {
    if (await isSuspect(tenant, auth, connector.id, reason)) return 'held'
    await needsReauth(tenant, state, reason)
    return (await wasSuspect(tenant, auth, state.accountId, reason)) ? 'held' : 'dead'
  }
  return refresherFor(deps.egress, connector, tenant, auth, {
    onOutcome: (outcome) => {
      metrics.refreshes.inc({ connector: connector.id, outcome })
      countOutcome(tenant, auth, outcome)
      countRenewal(tenant, connector.id, outcomes[outcome])
    },
    onDead: async (state, reason) => {
      const verdict = await verdictOn(state, reason)
      countRenewal(tenant, connector.id, verdict === 'dead' ? 'failed' : 'held')
      return verdict
    },
    onTampered: (ref) => recordTampering(tenant, ref),
    onRevived: ({ accountId }) => restoreAccount(tenant, accountId, 'rotation_lost'),
    onOvertaken: (replaced, tokens) => giveBackOvertaken(deps, tenant, replaced, tokens, auth),
  })
}
