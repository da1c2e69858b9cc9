import { timingSafeEqual } from 'node:crypto'
import { appendAudit, type Origin, originFields } from '#lib/audit'
import type { Connector } from '#lib/connector-kit'
import {
  type Attempt,
  accountForIn,
  activateIn,
  answeredAttemptIn,
  assertLive,
  getSession,
  getSessionIn,
  issueReceiptIn,
  moveSessionIn,
  type ProviderAnswer,
  type Session,
  sessionView,
  settleAttemptIn,
} from '#lib/consent'
import type { ConnectSession } from '#lib/consent/schema'
import { forOrg, isUniqueViolation, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { emit } from '#lib/events'
import { actorOf } from '#lib/identity'
import { publicId, sha256 } from '#lib/ids'
import { log } from '#lib/log'
import { lifetimeSeconds, refreshFacts } from '#lib/oauth'
import type { Caller, Tenant } from '#lib/proof'
import { type Signer, signer } from '#lib/signing'
import {
  dueInSeconds,
  nextGenerationIn,
  putCredentialIn,
  type Sealer,
  sealerOf,
  sealTokens,
  type Tokens,
  withOpened,
} from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { oweRevocationIn } from '../ending/revoke.ts'
import { confirmedBy } from '../receipts.ts'
import { admittedIn } from './admission.ts'
import { answerBinding } from './answer.ts'
import { endAnswer } from './sweep-answers.ts'

export type Confirmation = { user_id: string; confirmation_code: string }

/**
 * The host vouches who finished. Only then does the connection become active: the code came to the browser that
 * finished, and the host says whose browser that is (ARCHITECTURE.md "Who finished must be who was invited").
 * @throws AppError `user_mismatch` when it is somebody else: the fresh tokens are discarded; `forbidden` for a code
 *   that is not the one; `session_used`, `session_expired`; `conflict` while the provider has not answered yet
 */
export async function confirm(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  sessionId: string,
  confirmation: Confirmation,
  origin: Origin,
): Promise<ConnectSession> {
  const session = await getSession(tenant, sessionId)
  assertLive(session)
  const attempt = await forOrg(tenant, (tx) => answeredAttemptIn(tx, tenant, sessionId))
  if (session.status !== 'awaiting_confirmation' || !attempt?.sealed_answer || !attempt.confirmation_hash) {
    // Another confirmation may have come between the two reads.
    assertLive(await getSession(tenant, sessionId))
    throw new AppError('conflict', {
      detail: 'There is nothing to confirm yet: the user has not finished at the provider.',
    })
  }
  if (session.confirmation === 'screen') {
    throw new AppError('conflict', {
      detail: 'This session is confirmed by the person, with the code that was mailed to them.',
    })
  }
  if (!timingSafeEqual(sha256(confirmation.confirmation_code), attempt.confirmation_hash)) {
    throw new AppError('forbidden', { detail: 'The confirmation code is not the one of this session.' })
  }
  const { sealed_answer } = attempt
  if (confirmation.user_id !== session.user.external_id) {
    return mismatch(deps, tenant, caller, { session, attempt }, confirmation.user_id, origin)
  }
  return withFinish(deps, tenant, { session, attempt, sealed_answer, confirmedBy: 'host' }, (finish) =>
    activate(tenant, caller, finish, origin),
  )
}

type Waiting = {
  session: Session
  attempt: Attempt
  sealed_answer: Uint8Array
  confirmedBy: Finish['confirmedBy']
}

/** Opens the answer that an attempt waits with, for the moment in which it becomes a connection. */
export function withFinish<T>(
  deps: Deps,
  tenant: Tenant,
  { sealed_answer, ...waiting }: Waiting,
  use: (finish: Finish) => Promise<T>,
): Promise<T> {
  const { attempt } = waiting
  const answer = attempt.provider_account as ProviderAnswer
  const opened = { sealed: sealed_answer, keyVersion: answer.key_version }
  return withOpened(tenant, answerBinding(attempt.id), opened, async (plaintext) => {
    const tokens = JSON.parse(plaintext.toString()) as Tokens
    return use({ ...waiting, answer, tokens, connector: connectorOf(deps, attempt.connector) })
  })
}

export type Finish = {
  /** What says that it was the invited person: the host's word, or the code mailed to them. */
  confirmedBy: 'host' | 'email_code'
  session: Session
  attempt: Attempt
  answer: ProviderAnswer
  tokens: Tokens
  connector: Connector
}

/** Ends a session that somebody else finished, and what was granted in it. @throws AppError `user_mismatch` */
export async function mismatch(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  { session, attempt }: Pick<Finish, 'session' | 'attempt'>,
  finisher: string,
  origin: Origin,
): Promise<never> {
  await forOrg(tenant, async (tx) => {
    await moveSessionIn(tx, tenant, session.id, ['awaiting_confirmation'], 'failed', {
      reason: 'user_mismatch',
    })
    await appendAudit(tx, tenant, {
      action: 'connection.failed',
      outcome: 'denied',
      actor: actorOf(caller),
      user_id: session.user.external_id,
      error_code: 'user_mismatch',
      details: { connect_session_id: publicId('connect_session', session.id), finished_by: finisher },
      ...originFields(origin),
    })
    await emit(tx, tenant, 'connect_session.failed', {
      connect_session_id: publicId('connect_session', session.id),
      user_id: session.user.external_id,
      connector: attempt.connector,
      reason: 'user_mismatch',
    })
  })
  // What is not given back now, or was interrupted, the sweep gives back.
  const over = { ...session, status_reason: 'user_mismatch', finished_at: new Date() }
  await endAnswer(deps, tenant, attempt, over).catch((err: unknown) =>
    log.error({ err, connector: attempt.connector }, 'tokens of a mismatch not given back yet'),
  )
  throw new AppError('user_mismatch', {
    detail: 'The person who finished is not the one who was invited. Nothing was connected.',
  })
}

/** What an access token was given and still has, in seconds, counted from when the provider answered. */
function lifeOf({ answer, connector, tokens }: Finish) {
  const refreshable = tokens.refreshToken !== null
  const ttlSeconds = lifetimeSeconds(connector, answer.expires_in_seconds, refreshable)
  // The clock that answered may be another's.
  const age = Math.max(0, (Date.now() - Date.parse(answer.answered_at)) / 1000)
  const expiresInSeconds = ttlSeconds === null ? null : Math.max(0, ttlSeconds - age)
  return {
    refreshable,
    ttlSeconds,
    expiresInSeconds,
    dueInSeconds: refreshable ? dueInSeconds(refreshFacts(connector), expiresInSeconds, Math.random()) : null,
  }
}

export async function activate(
  tenant: Tenant,
  caller: Caller,
  finish: Finish,
  origin: Origin,
): Promise<ConnectSession> {
  const tools = { seal: await sealerOf(tenant), signs: await signer() }
  const once = () => forOrg(tenant, (tx) => activateSessionIn(tx, tenant, caller, finish, tools, origin))
  return once().catch((error: unknown) => {
    // Another session of the same user made the same account at this moment: now it is there to be found.
    if (isUniqueViolation(error)) return once()
    throw error
  })
}

async function activateSessionIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  finish: Finish,
  { seal, signs }: { seal: Sealer; signs: Signer },
  origin: Origin,
): Promise<ConnectSession> {
  const { session, attempt, answer, tokens, connector } = finish
  // First of all: of two that confirm at once, the loser waits here and finds the session used.
  await moveSessionIn(tx, tenant, session.id, ['awaiting_confirmation'], 'completed')
  const spendApproval = await admittedIn(tx, tenant, session, connector, attempt.scopes_granted)
  const { accountId, previousConnectionId, previousScopes } = await accountForIn(
    tx,
    tenant,
    session,
    attempt,
    answer,
  )
  await moveSessionIn(tx, tenant, session.id, ['completed'], 'completed', { accountId })
  // The consent before this one ends with it, at the provider too, where that ends one token at a time.
  if (connector.auth.revoke?.endsWiderGrant === false) await oweRevocationIn(tx, tenant, accountId, 0)
  const connectionId = await activateIn(tx, tenant, {
    session,
    attempt,
    answer,
    accountId,
    previousConnectionId,
  })
  await spendApproval(connectionId)
  // There is no consent without its receipt.
  await issueReceiptIn(tx, tenant, signs, connector, connectionId, {
    method: finish.confirmedBy === 'email_code' ? 'screen' : 'host',
    by: confirmedBy(caller, session.user.external_id),
  })
  const generation = await nextGenerationIn(tx, tenant, accountId)
  const facts = { accountId, connectionId, generation }
  await putCredentialIn(tx, tenant, { ...facts, ...lifeOf(finish) }, sealTokens(seal, facts, tokens))
  await settleAttemptIn(tx, tenant, attempt.id, 'confirmed', accountId)
  const recorded = {
    session,
    attempt,
    accountId,
    connectionId,
    previousScopes,
    confirmedBy: finish.confirmedBy,
  }
  await record(tx, tenant, caller, recorded, origin)
  return sessionView(tenant, await getSessionIn(tx, tenant, session.id))
}

type Recorded = {
  session: Session
  attempt: Attempt
  accountId: string
  connectionId: string
  previousScopes: string[] | null
  confirmedBy: Finish['confirmedBy']
}

async function record(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  facts: Recorded,
  origin: Origin,
): Promise<void> {
  const { session, attempt, previousScopes } = facts
  const renewed = previousScopes !== null
  const changed =
    renewed && [...previousScopes].sort().join(' ') !== [...attempt.scopes_granted].sort().join(' ')
  const ids = {
    connected_account_id: publicId('connected_account', facts.accountId),
    connection_id: publicId('connection', facts.connectionId),
  }
  await appendAudit(tx, tenant, {
    action: changed ? 'connection.scopes_changed' : 'connection.created',
    outcome: 'allowed',
    actor: actorOf(caller),
    user_id: session.user.external_id,
    ...ids,
    scopes_required: attempt.scopes_requested,
    scopes_granted: attempt.scopes_granted,
    changed_fields: changed ? ['scopes'] : [],
    details: {
      connect_session_id: publicId('connect_session', session.id),
      connector: attempt.connector,
      consent_hash: attempt.consent_hash,
      confirmed_by: facts.confirmedBy,
      ...(changed && { scopes_before: previousScopes.join(' ') }),
    },
    ...originFields(origin),
  })
  const event = {
    ...ids,
    user_id: session.user.external_id,
    connector: attempt.connector,
    scopes: attempt.scopes_granted,
  }
  await emit(tx, tenant, changed ? 'connection.scopes_changed' : 'connected_account.connected', event)
  await emit(tx, tenant, 'connect_session.completed', {
    connect_session_id: publicId('connect_session', session.id),
    ...event,
  })
}
