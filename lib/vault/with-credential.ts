import { randomUUID } from 'node:crypto'
import { AppError } from '#lib/errors'
import { metrics } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { type CredentialState, readCredential, type Tokens, withTokens } from './credential.ts'
import { releaseLease, replaceTokens, takeLease } from './lease.ts'

/** How a refresh ended, in the words of PROVIDERS.json. Only `refreshed` carries tokens. */
export type RefreshResult =
  | { kind: 'refreshed'; tokens: Tokens; expiresInSeconds: number | null }
  | { kind: 'dead' | 'ambiguous' | 'config' | 'transient'; errorCode: string }
  | { kind: 'lost'; errorCode: string }

/** What the vault needs of a provider to refresh: `lib/oauth` supplies it. */
export type Refresher = {
  connector: string
  bufferSeconds: number
  /** Whether the old refresh token may be tried again after an answer was lost. */
  oldTokenSurvives: boolean
  /** Ends by itself within `deadlineMs`, which is shorter than the lease. */
  refresh(refreshToken: string, deadlineMs: number): Promise<RefreshResult>
  /** Records that the consent is gone; runs once per dead credential. */
  onDead(state: CredentialState, reason: string): Promise<void>
}

/** What `use` gets: the access token, which generation it is of, and what to recognise it by in what comes back. */
export type Lent = { accessToken: string; generation: bigint; secrets: readonly string[] }

const leaseSeconds = 30
const deadlineMs = 20_000
const waitMsMax = 35_000

const inFlight = new Map<string, Promise<void>>()

const gone = (detail: string, internal: string) =>
  new AppError('reauthorization_required', { detail }, { internal })

/**
 * Lends an account's access token to `use`, refreshed before if its end is near; the plaintext is never returned.
 * @param refresher the provider's side of a refresh
 * @throws AppError `reauthorization_required` when the provider has withdrawn consent; `upstream_error` when a token
 *   that has run out cannot be refreshed just now
 * @see RFC 9700 §4.14 (refresh token rotation); ARCHITECTURE.md "Vault"
 */
export async function withCredential<T>(
  tenant: Tenant,
  accountId: string,
  refresher: Refresher,
  use: (lent: Lent) => Promise<T>,
): Promise<T> {
  let state = await readCredential(tenant, accountId)
  if (needsRefresh(state, refresher)) {
    await refreshOnce(tenant, state, refresher)
    state = await readCredential(tenant, accountId)
  }
  return withTokens(tenant, state, ({ accessToken, refreshToken }) =>
    use({
      accessToken,
      generation: state.generation,
      secrets: refreshToken === null ? [accessToken] : [accessToken, refreshToken],
    }),
  )
}

const needsRefresh = (state: CredentialState, refresher: Refresher): boolean =>
  state.secondsLeft !== null && state.secondsLeft <= refresher.bufferSeconds

/** One refresh per account and process at a time; the others wait for its outcome. */
function refreshOnce(tenant: Tenant, state: CredentialState, refresher: Refresher): Promise<void> {
  const id = `${tenant.orgId}/${state.accountId}/${state.generation}`
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
  while (state.generation === first.generation) {
    if (!state.refreshable) {
      if ((state.secondsLeft ?? 1) > 0) return
      await refresher.onDead(state, 'expired')
      throw gone(
        'The access has expired and cannot be renewed. Connect the account again.',
        'no refresh token',
      )
    }
    if (await takeLease(tenant, state, owner, leaseSeconds)) {
      const lostBefore = state.refreshIntent === state.generation
      await refreshUnderLease(tenant, state, refresher, owner, lostBefore)
      return
    }
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
  lostBefore: boolean,
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
  await releaseLease(tenant, state, owner, result.kind === 'lost')
  if (result.kind === 'dead' || result.kind === 'ambiguous') {
    const now = await readCredential(tenant, state.accountId)
    if (now.generation !== state.generation) return
    await refresher.onDead(state, result.errorCode)
    throw gone('The provider has withdrawn this access. Connect the account again.', result.errorCode)
  }
  // A token that still works carries the call; only one that has run out stops it.
  if ((state.secondsLeft ?? 0) > 0) return
  throw new AppError(
    'upstream_error',
    { detail: 'The provider could not renew the access.' },
    { internal: result.errorCode },
  )
}

/** A success without a refresh token keeps the one that was used (THREATS.md fault 10). */
async function keepingOld(old: string, answer: Promise<RefreshResult>): Promise<RefreshResult> {
  const result = await answer
  if (result.kind !== 'refreshed' || result.tokens.refreshToken !== null) return result
  return { ...result, tokens: { ...result.tokens, refreshToken: old } }
}
