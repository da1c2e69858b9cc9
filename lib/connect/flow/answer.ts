import { type Connector, isForm } from '#lib/connector-kit'
import { sharesGrant } from '#lib/db'
import { log } from '#lib/log'
import { type AuthConfig, revokeUpstream } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import type { Binding, Tokens } from '#lib/vault'
import type { Deps } from '../context.ts'

/** What a provider's answer is sealed to between the callback and the host's word. */
export const answerBinding = (attemptId: string): Binding => ({
  purpose: 'connect_answer',
  parts: [attemptId],
})

/**
 * Throws away tokens that must not be used, and tells the provider, unless that would end an older grant: a link
 * that makes a victim's working connection die would itself be an attack (THREATS.md, introduction).
 * What a person pasted is theirs, and may serve them elsewhere: it is forgotten here and stays as it is there.
 * @returns whether that is the end of it; `false` where the provider could not be reached and may be later
 */
export async function discardTokens(
  deps: Deps,
  tenant: Tenant,
  auth: AuthConfig,
  connector: Connector,
  providerAccountId: string,
  tokens: Tokens,
): Promise<boolean> {
  if (isForm(connector)) return true
  const wider = connector.auth.revoke?.endsWiderGrant ?? false
  // No account is `but`: at this moment the new tokens belong to none.
  if (wider && (await sharesGrant(auth, providerAccountId, '00000000-0000-0000-0000-000000000000')))
    return true
  const result = await revokeUpstream(deps.egress, connector, tenant, auth, tokens, providerAccountId)
  log.info({ connector: connector.id, outcome: result.outcome }, 'fresh tokens discarded')
  return result.outcome !== 'unconfirmed' || !result.mayPass
}
