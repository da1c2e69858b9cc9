import { randomUUID } from 'node:crypto'
import { config } from '#lib/config'
import { AppError } from '#lib/errors'
import { log, metrics } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { type CredentialState, readCredential, sealTokens, type Tokens } from './credential.ts'
import {
  type Hold,
  type Lease,
  type Renewed,
  type Replaced,
  releaseLease,
  replaceTokens,
  takeLease,
} from './lease.ts'
import { opened } from './opened.ts'
import { dueInSeconds, type Refresher, type RefreshResult } from './refresher.ts'
import { type Sealer, sealerOf } from './seal.ts'
import { spoolPair } from './spool.ts'

const commitMsMax = 3_000
const insistMsMax = 60_000
const insistPauseMs = 500
const confirmAfterMs = 500
const holdSecondsMax = 300
const suspectSeconds = 300

// Next bundles a module once per route: what a stop has to wait for must be one list per process all the same.
const anchor: { [key: symbol]: Map<string, Promise<void>> | undefined } = globalThis as never
const inFlightKey = Symbol.for('behalf.refreshes')
anchor[inFlightKey] ??= new Map()
const inFlight = anchor[inFlightKey]

/** Whether two reads are of the same tokens. */
export const sameCredential = (
  one: Pick<CredentialState, 'generation' | 'connectionId'>,
  other: Pick<CredentialState, 'generation' | 'connectionId'>,
): boolean => one.generation === other.generation && one.connectionId === other.connectionId

const gone = (detail: string, internal: string) =>
  new AppError('reauthorization_required', { detail }, { internal })

export const notRenewed = (internal: string, retryAfterSeconds?: number) =>
  new AppError(
    'upstream_error',
    {
      detail: 'The provider could not renew the access.',
      ...(retryAfterSeconds && { retryable: true, retry_after_seconds: Math.ceil(retryAfterSeconds) }),
    },
    { internal },
  )

/** One refresh per account and process at a time; the others wait for its outcome. */
export function refreshOnce(tenant: Tenant, state: CredentialState, refresher: Refresher): Promise<void> {
  const id = `${tenant.orgId}/${state.accountId}/${state.connectionId}/${state.generation}`
  const running = inFlight.get(id)
  if (running) return running
  const started = refreshOrWait(tenant, state, refresher).finally(() => inFlight.delete(id))
  inFlight.set(id, started)
  return started
}

/** Renews a credential that is due, ahead of the call that will need it. */
export const renewAhead = async (tenant: Tenant, accountId: string, refresher: Refresher): Promise<void> =>
  refreshOnce(tenant, await readCredential(tenant, accountId), refresher)

/** Waits for the refreshes that this process has begun, so that a stop loses none of their answers. */
export async function drainRefreshes(): Promise<void> {
  while (inFlight.size > 0) await Promise.allSettled(inFlight.values())
}

/** Refreshes under the lease, or waits for whoever holds it until the generation moves or the lease runs out. */
async function refreshOrWait(tenant: Tenant, first: CredentialState, refresher: Refresher): Promise<void> {
  const owner = randomUUID()
  const { refreshLeaseSeconds } = config()
  const giveUpAt = performance.now() + (refreshLeaseSeconds + 5) * 1_000
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
    if (state.heldSeconds > 0 && !refresher.force) return usableOr(state, 'held', state.heldSeconds)
    // Before the lease, so that a key that cannot be had leaves no intent behind; before asking, because from the
    // answer to the commit nothing may stand in the way.
    const seal = await sealerOf(tenant)
    const lease = await takeLease(tenant, state, owner, refreshLeaseSeconds)
    if (lease) return refreshUnderLease(tenant, lease, refresher, owner, seal)
    if (performance.now() > giveUpAt)
      throw new AppError('upstream_error', {}, { internal: 'refresh lease never freed' })
    await new Promise((wake) => setTimeout(wake, 50 + Math.random() * 100))
    state = await readCredential(tenant, first.accountId)
  }
}

/** A token that still works carries the call; only one that has run out stops it. */
function usableOr(state: CredentialState, why: string, retryAfterSeconds: number): void {
  if ((state.secondsLeft ?? 0) <= 0) throw notRenewed(why, retryAfterSeconds)
}

async function refreshUnderLease(
  tenant: Tenant,
  lease: Lease,
  refresher: Refresher,
  owner: string,
  seal: Sealer,
): Promise<void> {
  const { state, intentSeconds, lostSeconds } = lease
  const patience = config().refreshLeaseSeconds
  const perhapsSpent = intentSeconds !== null && intentSeconds >= refresher.oldTokenSeconds
  if (perhapsSpent && (lostSeconds === null || lostSeconds < patience)) {
    // An earlier holder asked and never wrote the answer down. It may live, or have it on its disk: it gets as long as
    // a lease to bring it in. After that the old token is asked about once more: had the provider never seen the
    // request, or not acted on it, it still works; had it rotated, the pair is lost whatever is done.
    const hold: Hold = { reason: 'transient', seconds: Math.min(5, patience / 4) }
    await releaseLease(tenant, state, owner, { spent: 'perhaps', hold })
    return usableOr(state, 'answer may still come', hold.seconds)
  }
  const result = await ask(tenant, state, refresher)
  if (result.kind === 'refreshed') return commit(tenant, state, refresher, seal, result)
  refresher.onOutcome(result.kind === 'dead' || result.kind === 'ambiguous' ? result.errorCode : result.kind)
  if (result.kind === 'dead' || result.kind === 'ambiguous')
    return giveUp(tenant, lease, refresher, owner, result.errorCode, perhapsSpent)
  const hold = holdFor(state, result)
  // An answer that was lost before stays lost, whatever the provider says in between.
  const spent = result.kind === 'lost' || intentSeconds !== null ? 'surely' : 'no'
  await releaseLease(tenant, state, owner, { spent, hold })
  usableOr(state, result.errorCode, hold.seconds)
}

/** A refusal that may mean either is asked once more, where asking again cannot spend anything. */
async function ask(tenant: Tenant, state: CredentialState, refresher: Refresher): Promise<RefreshResult> {
  const deadlineMs = Math.round((config().refreshLeaseSeconds * 1_000) / 3)
  const once = () =>
    opened(tenant, state, refresher, ({ refreshToken, fields }) =>
      refreshToken === null
        ? Promise.resolve<RefreshResult>({ kind: 'dead', errorCode: 'no_refresh_token' })
        : keepingOld({ refreshToken, fields }, refresher.refresh(refreshToken, deadlineMs, fields)),
    )
  const first = await once()
  if (first.kind !== 'ambiguous' || refresher.oldTokenSeconds === 0) return first
  await new Promise((wake) => setTimeout(wake, confirmAfterMs))
  return once()
}

type Old = { refreshToken: string; fields: Tokens['fields'] | undefined }

/** A success without a refresh token keeps the one that was used (THREATS.md fault 10), and always what a person gave. */
async function keepingOld(
  { refreshToken, fields }: Old,
  answer: Promise<RefreshResult>,
): Promise<RefreshResult> {
  const result = await answer
  if (result.kind !== 'refreshed') return result
  const { accessToken, refreshToken: fresh } = result.tokens
  return {
    ...result,
    tokens: { accessToken, refreshToken: fresh ?? refreshToken, ...(fields && { fields }) },
  }
}

type Refreshed = RefreshResult & { kind: 'refreshed' }

/** Writes the pair, or has the disk keep it where the database does not take it at once (THREATS.md fault 17). */
async function commit(
  tenant: Tenant,
  state: CredentialState,
  refresher: Refresher,
  seal: Sealer,
  { tokens, expiresInSeconds }: Refreshed,
): Promise<void> {
  const { accountId, connectionId, generation } = state
  const renewed = {
    replaces: { accountId, connectionId, generation },
    sealed: sealTokens(seal, { accountId, connectionId, generation: generation + 1n }, tokens),
    refreshable: tokens.refreshToken !== null,
    expiresInSeconds,
    dueInSeconds: dueInSeconds(refresher, expiresInSeconds, Math.random()),
  }
  const started = performance.now()
  const written = replaceTokens(tenant, renewed)
  const spooled = spoolUnless(written, () => spoolPair(seal, tenant, renewed))
  const outcome = await written.catch(async (cause: unknown) => {
    if (!(await spooled)) return insist(tenant, renewed)
    refresher.onOutcome('spooled')
    throw new AppError('unavailable', { retry_after_seconds: 1 }, { internal: 'credential spooled', cause })
  })
  metrics.refreshCommitSeconds.observe((performance.now() - started) / 1_000)
  refresher.onOutcome(outcome === 'overtaken' ? 'overtaken' : 'refreshed')
  if (outcome === 'revived') await refresher.onRevived(state)
  if (outcome === 'overtaken')
    await refresher
      .onOvertaken(renewed.replaces, tokens)
      .catch((err: unknown) => log.error({ err, connector: refresher.connector }, 'overtaken tokens kept'))
}

/**
 * Keeps the pair on disk as soon as the commit fails, or takes too long to be waited for alone.
 * @returns whether it is there; `true` also where that was not needed
 */
async function spoolUnless(written: Promise<unknown>, spool: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const slow = new Promise<'slow'>((resolve) => {
    timer = setTimeout(() => resolve('slow'), commitMsMax)
  })
  const end = await Promise.race([
    written.then(
      () => 'written' as const,
      () => 'failed' as const,
    ),
    slow,
  ])
  clearTimeout(timer)
  if (end === 'written') return true
  return spool().then(
    () => true,
    (err: unknown) => {
      log.fatal({ err }, 'a renewed credential could not be kept on disk')
      return false
    },
  )
}

/** Neither the database nor the disk took the pair: it is in this process alone, and so is waited with. */
async function insist(tenant: Tenant, renewed: Renewed): Promise<Replaced> {
  for (const giveUpAt = performance.now() + insistMsMax; ; ) {
    await new Promise((wake) => setTimeout(wake, insistPauseMs))
    try {
      return await replaceTokens(tenant, renewed)
    } catch (cause) {
      if (performance.now() < giveUpAt) continue
      log.fatal({ err: cause }, 'a renewed credential is lost: neither database nor disk took it')
      throw new AppError('unavailable', {}, { internal: 'credential lost', cause })
    }
  }
}

async function giveUp(
  tenant: Tenant,
  { state, intentSeconds }: Lease,
  refresher: Refresher,
  owner: string,
  errorCode: string,
  perhapsSpent: boolean,
): Promise<void> {
  if (!sameCredential(await readCredential(tenant, state.accountId), state)) return
  // Under the lease to its end: whoever waits for it finds the credential dead, and asks nobody again.
  const verdict = await refresher.onDead(state, perhapsSpent ? 'rotation_lost' : errorCode)
  if (verdict === 'dead')
    throw gone('The provider has withdrawn this access. Connect the account again.', errorCode)
  const hold: Hold = { reason: 'suspect', seconds: suspectSeconds * (0.5 + Math.random()) }
  await releaseLease(tenant, state, owner, { spent: intentSeconds === null ? 'no' : 'surely', hold })
  usableOr(state, 'suspect', hold.seconds)
}

function holdFor(
  { failures }: CredentialState,
  result: RefreshResult & { kind: 'config' | 'transient' | 'lost' },
): Hold {
  const backoff = Math.min(holdSecondsMax, 2 ** Math.min(failures, 10)) * (0.5 + Math.random())
  if (result.kind === 'config') return { reason: 'config', seconds: Math.max(30, backoff) }
  const asked = result.kind === 'transient' ? (result.retryAfterSeconds ?? 0) : 0
  return { reason: 'transient', seconds: Math.min(Math.max(backoff, asked), 3_600) }
}
