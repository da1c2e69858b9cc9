import { randomUUID } from 'node:crypto'
import { AppError } from '#lib/errors'
import { metrics } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { type CredentialState, readCredential, type Tokens, withTokens } from './credential.ts'
import { type CredentialRef, type Lease, releaseLease, replaceTokens, takeLease } from './lease.ts'

/** How a refresh ended, in the words of PROVIDERS.json. Only `refreshed` carries tokens. */
export type RefreshResult =
  | { kind: 'refreshed'; tokens: Tokens; expiresInSeconds: number | null }
  | { kind: 'dead' | 'ambiguous' | 'config' | 'transient'; errorCode: string }
  | { kind: 'lost'; errorCode: string }

/** What the vault needs of a provider to refresh: `lib/oauth` supplies it. */
export type Refresher = {
  connector: string
  bufferSeconds: number
  /** Asks for a renewal whatever the books say, as after a token was refused; without one there is no lending. */
  mustRenew?: (credential: CredentialRef) => boolean
  /** Whether the old refresh token may be tried again after an answer was lost. */
  oldTokenSurvives: boolean
  /** Ends by itself within `deadlineMs`, which is shorter than the lease. */
  refresh(refreshToken: string, deadlineMs: number): Promise<RefreshResult>
  /** Records that the consent is gone; runs once per dead credential. */
  onDead(state: CredentialState, reason: string): Promise<void>
}

/** What `use` gets: the access token, which credential it is of, and what to recognise it by in what comes back. */
export type Lent = { accessToken: string; credential: CredentialRef; secrets: readonly string[] }

const leaseSeconds = 30
const deadlineMs = 20_000
const waitMsMax = 35_000

const inFlight = new Map<string, Promise<void>>()

/** Whether two reads are of the same tokens. */
export const sameCredential = (one: CredentialRef, other: CredentialRef): boolean =>
  one.generation === other.generation && one.connectionId === other.connectionId

const gone = (detail: string, internal: string) =>
  new AppError('reauthorization_required', { detail }, { internal })

const notRenewed = (internal: string) =>
  new AppError('upstream_error', { detail: 'The provider could not renew the access.' }, { internal })

/**
 * Lends an account's access token to `use`, refreshed before if its end is near; the plaintext is never returned.
 * @param refresher the provider's side of a refresh
 * @throws AppError `reauthorization_required` when the provider has withdrawn consent; `upstream_error` when a token
 *   that has run out, or that must be renewed, cannot be refreshed just now
 * @see RFC 9700 §4.14 (refresh token rotation); ARCHITECTURE.md "Vault"
 */
export async function withCredential<T>(
  tenant: Tenant,
  accountId: string,
  refresher: Refresher,
  use: (lent: Lent) => Promise<T>,
): Promise<T> {
  const first = await readCredential(tenant, accountId)
  const mustRenew = refresher.mustRenew?.(first) ?? false
  let state = first
  if (mustRenew || isNearItsEnd(first, refresher)) {
    await refreshOnce(tenant, first, refresher)
    state = await readCredential(tenant, accountId)
    if (mustRenew && state.refreshable && sameCredential(state, first))
      throw notRenewed('still the old token')
  }
  return withTokens(tenant, state, ({ accessToken, refreshToken }) =>
    use({
      accessToken,
      credential: {
        accountId: state.accountId,
        connectionId: state.connectionId,
        generation: state.generation,
      },
      secrets: refreshToken === null ? [accessToken] : [accessToken, refreshToken],
    }),
  )
}

const isNearItsEnd = (state: CredentialState, refresher: Refresher): boolean =>
  state.secondsLeft !== null && state.secondsLeft <= refresher.bufferSeconds

/** One refresh per account and process at a time; the others wait for its outcome. */
function refreshOnce(tenant: Tenant, state: CredentialState, refresher: Refresher): Promise<void> {
  const id = `${tenant.orgId}/${state.accountId}/${state.connectionId}/${state.generation}`
  const running = inFlight.get(id)
  if (running) return running
  const started = refreshOrWait(tenant, state, refresher).finally(() => inFlight.delete(id))
  inFlight.set(id, started)
  return started
}

/** Refreshes under the lease, or waits for whoever holds it until the generation moves or the lease runs out. */
async function refreshOrWait(tenant: Tenant, first: CredentialState, refresher: Refresher): Promise<void> {
  const owner = randomUUID()
  const giveUpAt = performance.now() + waitMsMax
  let state = first
  while (sameCredential(state, first)) {
    if (!state.refreshable) {
      if ((state.secondsLeft ?? 1) > 0) return
      await refresher.onDead(state, 'expired')
      throw gone(
        'The access has expired and cannot be renewed. Connect the account again.',
        'no refresh token',
      )
    }
    const lease = await takeLease(tenant, state, owner, leaseSeconds)
    if (lease) return refreshUnderLease(tenant, state, refresher, owner, lease)
    if (performance.now() > giveUpAt)
      throw new AppError('upstream_error', {}, { internal: 'refresh lease never freed' })
    await new Promise((wake) => setTimeout(wake, 50 + Math.random() * 100))
    state = await readCredential(tenant, first.accountId)
  }
}

async function refreshUnderLease(
  tenant: Tenant,
  state: CredentialState,
  refresher: Refresher,
  owner: string,
  { lostBefore }: Lease,
): Promise<void> {
  const count = (outcome: string) => metrics.refreshes.inc({ connector: refresher.connector, outcome })
  if (lostBefore && !refresher.oldTokenSurvives) {
    // An earlier holder asked and never wrote the answer down: a single-use token is spent.
    count('rotation_lost')
    await refresher.onDead(state, 'rotation_lost')
    throw gone('The renewal of this access was lost. Connect the account again.', 'rotation_lost')
  }
  const result = await withTokens(tenant, state, ({ refreshToken }) =>
    refreshToken === null
      ? Promise.resolve<RefreshResult>({ kind: 'dead', errorCode: 'no_refresh_token' })
      : keepingOld(refreshToken, refresher.refresh(refreshToken, deadlineMs)),
  )
  count(result.kind)
  if (result.kind === 'refreshed') {
    await replaceTokens(tenant, state, result.tokens, result.expiresInSeconds)
    return
  }
  if (result.kind === 'dead' || result.kind === 'ambiguous') {
    if (!sameCredential(await readCredential(tenant, state.accountId), state)) return
    // Under the lease to its end: whoever waits for it finds the credential gone, and asks nobody again.
    await refresher.onDead(state, result.errorCode)
    throw gone('The provider has withdrawn this access. Connect the account again.', result.errorCode)
  }
  await releaseLease(tenant, state, owner, result.kind === 'lost')
  // A token that still works carries the call; only one that has run out stops it.
  if ((state.secondsLeft ?? 0) > 0) return
  throw notRenewed(result.errorCode)
}

/** A success without a refresh token keeps the one that was used (THREATS.md fault 10). */
async function keepingOld(old: string, answer: Promise<RefreshResult>): Promise<RefreshResult> {
  const result = await answer
  if (result.kind !== 'refreshed' || result.tokens.refreshToken !== null) return result
  return { ...result, tokens: { ...result.tokens, refreshToken: old } }
}
