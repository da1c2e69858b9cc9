import type { Tenant } from '#lib/proof'
import { type CredentialRef, type CredentialState, readCredential, type Tokens } from './credential.ts'
import { opened } from './opened.ts'
import { notRenewed, refreshOnce, sameCredential } from './refresh.ts'
import { bufferOf, type Refresher } from './refresher.ts'

/**
 * What `use` gets: the access token with what a person gave beside it, which credential it is of, and what to recognise
 * it by in what comes back.
 */
export type Lent = Pick<Tokens, 'accessToken' | 'fields'> & {
  credential: CredentialRef
  secrets: readonly string[]
}

/**
 * Lends an account's access token to `use`, refreshed before if its end is near; the plaintext is never returned.
 * @param refresher the provider's side of a refresh
 * @param read the credential as this call has just read it; read here where it has not
 * @throws AppError `reauthorization_required` when the provider has withdrawn consent; `upstream_error` when a token
 *   that has run out, or that must be renewed, cannot be refreshed just now; `unavailable` for tokens that do not open
 * @see RFC 9700 §4.14 (refresh token rotation); ARCHITECTURE.md "Vault"
 */
export async function withCredential<T>(
  tenant: Tenant,
  accountId: string,
  refresher: Refresher,
  use: (lent: Lent) => Promise<T>,
  read?: CredentialState,
): Promise<T> {
  const first = read ?? (await readCredential(tenant, accountId))
  const mustRenew = refresher.mustRenew?.(first) ?? false
  let state = first
  if (mustRenew || isNearItsEnd(first, refresher)) {
    await refreshOnce(tenant, first, refresher)
    state = await readCredential(tenant, accountId)
    if (mustRenew && state.refreshable && sameCredential(state, first))
      throw notRenewed('still the old token')
  }
  return opened(tenant, state, refresher, ({ accessToken, refreshToken, fields }) =>
    use({
      accessToken,
      ...(fields && { fields }),
      credential: {
        accountId: state.accountId,
        connectionId: state.connectionId,
        generation: state.generation,
      },
      secrets: refreshToken === null ? [accessToken] : [accessToken, refreshToken],
    }),
  )
}

const isNearItsEnd = ({ secondsLeft, ttlSeconds }: CredentialState, refresher: Refresher): boolean =>
  secondsLeft !== null && secondsLeft <= bufferOf(refresher, ttlSeconds)
