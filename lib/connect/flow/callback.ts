import { appendAudit, type Origin, originFields } from '#lib/audit'
import { isOAuth, type OAuthConnector } from '#lib/connector-kit'
import { type Attempt, assertLive, failAttemptIn, moveSessionIn, takeAttempt } from '#lib/consent'
import { forOrg } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import { emit } from '#lib/events'
import { actorOf } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { log } from '#lib/log'
import { type AuthConfig, authConfigOf, exchangeCode, type Proofs, readAnswer } from '#lib/oauth'
import { connectorOf, type Deps, type Open } from '../context.ts'
import { discardTokens } from './answer.ts'
import { assertSameAccount, endOf, keepAnswer } from './finish.ts'
import type { FlowCookie } from './flow-cookie.ts'
import { openFlow } from './open.ts'
import { pickPath } from './pick-path.ts'

/**
 * Takes what the provider's redirect brought. Only the browser that approved holds the cookie that opens this flow:
 * in any other jar nothing is looked at and no code is spent (THREATS.md C1).
 * @throws AppError `user_mismatch` without that cookie; `bad_request` for an answer to something else;
 *   `account_mismatch` when a reconnect ended in another account; `upstream_*` when the provider fails
 */
export async function callback(
  deps: Deps,
  flow: FlowCookie | null,
  authConfigId: string,
  params: URLSearchParams,
  origin: Origin,
): Promise<{ location: string; flow: FlowCookie }> {
  // The same browser, again: it finished, and is told how that went rather than that it is somebody else.
  if (flow?.finished) {
    const { session } = await openFlow(flow.session, flow)
    const asked = session.status === 'awaiting_confirmation' && session.confirmation === 'screen'
    return { location: `/connect/${flow.session}/${asked ? 'confirm' : 'done'}`, flow }
  }
  if (flow?.picking) return { location: pickPath(flow.session), flow }
  if (!flow?.attempt) {
    throw new AppError('user_mismatch', {
      detail: 'This was started in another browser. Open the link you were given again.',
    })
  }
  const opened = await openFlow(flow.session, flow)
  const { tenant } = opened
  const configId = parseId('auth_config', authConfigId)
  const states = params.getAll('state')
  if (configId === null || states.length !== 1 || states[0] !== flow.attempt.state) {
    throw new AppError('bad_request', { detail: 'This answer does not belong to an open request.' })
  }
  // Before the code is spent: what a session that is over was given would belong to nobody.
  assertLive(opened.session)
  const attempt = await takeAttempt(tenant, {
    attemptId: flow.attempt.id,
    state: flow.attempt.state,
    authConfigId: configId,
  })
  const found = await authConfigOf(tenant, { orgId: attempt.auth_config_org_id, id: attempt.auth_config_id })
  const auth = { ...found, inputs: flow.attempt.inputs ?? {} }
  try {
    const answer = readAnswer(oauthConnector(deps, attempt.connector), auth, params, flow.attempt.state)
    if ('error' in answer) return await refused(opened, attempt, answer.error, origin)
    return await accepted(deps, opened, { attempt, auth, proofs: flow.attempt, code: answer.code }, origin)
  } catch (thrown) {
    const error = toAppError(thrown)
    log.warn({ err: thrown, code: error.code }, `connect failed: ${error.internal ?? error.message}`)
    await failed(opened, attempt, error.code, origin)
    throw thrown
  }
}

/** A redirect answers nothing where there is nobody to redirect. @throws AppError `bad_request` */
function oauthConnector(deps: Deps, id: string): OAuthConnector {
  const connector = connectorOf(deps, id)
  if (isOAuth(connector)) return connector
  throw new AppError('bad_request', { detail: 'This answer does not belong to an open request.' })
}

/** The provider said no: the person's own no is a decline, anything else a failure. */
async function refused(opened: Open, attempt: Attempt, error: string, origin: Origin) {
  const { tenant, session, caller } = opened
  const declined = error === 'access_denied'
  const status = declined ? 'declined' : 'failed'
  await forOrg(tenant, async (tx) => {
    await failAttemptIn(tx, tenant, attempt.id, error)
    await moveSessionIn(tx, tenant, session.id, ['authorizing'], status, {
      reason: declined ? 'declined_at_provider' : `provider_${error}`,
    })
    await appendAudit(tx, tenant, {
      action: declined ? 'connection.declined' : 'connection.failed',
      outcome: declined ? 'denied' : 'failed',
      actor: actorOf(caller),
      user_id: session.user.external_id,
      error_code: error,
      details: { connect_session_id: publicId('connect_session', session.id), connector: attempt.connector },
      ...originFields(origin),
    })
  })
  return endOf(opened, { status })
}

export async function failed(opened: Open, attempt: Attempt, code: string, origin: Origin): Promise<void> {
  const { tenant, session, caller } = opened
  await forOrg(tenant, async (tx) => {
    await failAttemptIn(tx, tenant, attempt.id, code)
    await tx.connect_sessions.updateMany({
      where: { org_id: tenant.orgId, id: session.id, status: 'authorizing' },
      data: { status: 'failed', status_reason: code, finished_at: new Date() },
    })
    await appendAudit(tx, tenant, {
      action: 'connection.failed',
      outcome: 'failed',
      actor: actorOf(caller),
      user_id: session.user.external_id,
      error_code: code,
      details: { connect_session_id: publicId('connect_session', session.id), connector: attempt.connector },
      ...originFields(origin),
    })
    await emit(tx, tenant, 'connect_session.failed', {
      connect_session_id: publicId('connect_session', session.id),
      user_id: session.user.external_id,
      connector: attempt.connector,
      reason: code,
    })
  })
}

type Accepted = { attempt: Attempt; auth: AuthConfig; proofs: Proofs; code: string }

async function accepted(deps: Deps, opened: Open, { attempt, auth, proofs, code }: Accepted, origin: Origin) {
  const { tenant } = opened
  const connector = oauthConnector(deps, attempt.connector)
  const exchanged = await exchangeCode(deps.egress, connector, tenant, auth, code, proofs)
  const { account } = exchanged
  // Whichever of the provider's addresses it was: the tokens are good there and nowhere else.
  const tokens = { ...exchanged.tokens, ...(connector.auth.asks.length > 0 && { fields: auth.inputs }) }
  try {
    await assertSameAccount(opened, account.id)
    return await keepAnswer(opened, connector, attempt, { tokens, account }, origin)
  } catch (error) {
    // Whatever stopped it, the session that ran out meanwhile included: nobody holds these tokens now.
    await discardTokens(deps, tenant, auth, connector, account.id, tokens).catch((err: unknown) =>
      log.error({ err, connector: connector.id }, 'fresh tokens not discarded'),
    )
    throw error
  }
}
