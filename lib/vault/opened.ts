import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { type CredentialState, type Tokens, withTokens } from './credential.ts'
import type { Refresher } from './refresher.ts'

/**
 * Lends the tokens of a credential to `use`; what does not open where it stands is reported before anything leaves.
 * @throws AppError `unavailable` for moved, rolled back or changed ciphertext
 */
export function opened<T>(
  tenant: Tenant,
  state: CredentialState,
  refresher: Pick<Refresher, 'onTampered'>,
  use: (tokens: Tokens) => Promise<T>,
): Promise<T> {
  let reached = false
  return withTokens(tenant, state, state.key, (tokens) => {
    reached = true
    return use(tokens)
  }).catch(async (error: unknown) => {
    if (!reached && error instanceof AppError && error.internal === 'vault_integrity')
      await refresher.onTampered(state)
    throw error
  })
}
