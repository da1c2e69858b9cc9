import { appendAudit, type Origin, originFields } from '#lib/audit'
import { assertLive, getSessionIn, moveSessionIn, offeredScopes, startAttemptIn } from '#lib/consent'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { authorizeUrl, findAuthConfigIn, newProofs } from '#lib/oauth'
import { connectorOf, type Deps, type Open } from '../context.ts'
import { admission } from './admission.ts'
import { consentView } from './consent-screen.ts'
import type { FlowCookie } from './flow-cookie.ts'

export type Approval = { connector: string; scopes: readonly string[]; hash: string }

/** What a person ticked, against what was offered. @throws AppError `invalid_request` */
function chosenScopes(
  offered: ReturnType<typeof offeredScopes>,
  ticked: readonly string[],
): { requested: string[]; refused: string[] } {
  const stranger = ticked.find((name) => !offered.some(({ scope }) => scope === name))
  if (stranger !== undefined) {
    throw new AppError('invalid_request', {
      detail: 'A permission was chosen that is not offered.',
      param: 'scopes',
    })
  }
  const requested = offered.filter(({ scope, required }) => required || ticked.includes(scope))
  if (requested.length === 0) {
    throw new AppError('invalid_request', {
      detail: 'Choose at least one permission, or decline.',
      param: 'scopes',
    })
  }
  const chosen = requested.map(({ scope }) => scope)
  return {
    requested: chosen,
    refused: offered.map(({ scope }) => scope).filter((scope) => !chosen.includes(scope)),
  }
}

/**
 * Records what the person agreed to and sends the browser to the provider.
 * @param approval.hash the hash of the text that was on the screen; if the text has changed since, it is shown again
 * @throws AppError `conflict` when it has; `session_used`, `session_expired`, `invalid_request`
 */
export async function approve(
  deps: Deps,
  opened: Open,
  flow: FlowCookie,
  approval: Approval,
  origin: Origin,
): Promise<{ location: string; flow: FlowCookie }> {
  const { tenant, session } = opened
  const consent = await consentView(deps, opened, approval.connector)
  if (consent.hash !== approval.hash) {
    throw new AppError('conflict', { detail: 'What you would agree to has changed. Please read it again.' })
  }
  const connector = connectorOf(deps, approval.connector)
  const { requested, refused } = chosenScopes(
    offeredScopes(connector, session.scopes[connector.id]),
    approval.scopes,
  )
  const elsewhere = await admission(opened, connector, requested)
  if (elsewhere !== null) return { location: elsewhere, flow }
  const proofs = newProofs(session.id.replaceAll('-', ''))
  const { auth, attemptId } = await forOrg(tenant, async (tx) => {
    assertLive(await getSessionIn(tx, tenant, session.id))
    await moveSessionIn(tx, tenant, session.id, ['open', 'authorizing'], 'authorizing')
    const found = await findAuthConfigIn(tx, tenant, connector.id)
    if (!found) throw new AppError('unavailable', { detail: `${connector.name} is not set up here yet.` })
    const id = await startAttemptIn(tx, tenant, {
      sessionId: session.id,
      connector: connector.id,
      authConfig: found,
      state: proofs.state,
      scopesRequested: requested,
      scopesRefused: refused,
      consentText: consent.text,
      consentHash: consent.hash,
      consentedBy: { ip: origin.ip, user_agent: origin.userAgent },
    })
    return { auth: found, attemptId: id }
  })
  return {
    location: await authorizeUrl(connector, auth, proofs, requested),
    flow: { session: flow.session, attempt: { id: attemptId, connector: connector.id, ...proofs } },
  }
}

/** Ends a session by the person's word. @returns where the host wants the browser back, if anywhere */
export async function decline(opened: Open, origin: Origin): Promise<{ location: string | null }> {
  const { tenant, session, caller } = opened
  await forOrg(tenant, async (tx) => {
    await moveSessionIn(tx, tenant, session.id, ['open', 'authorizing'], 'declined', {
      reason: 'declined_by_user',
    })
    await appendAudit(tx, tenant, {
      action: 'connection.declined',
      outcome: 'denied',
      actor: actorOf(caller),
      user_id: session.user.external_id,
      details: { connect_session_id: publicId('connect_session', session.id) },
      ...originFields(origin),
    })
  })
  return {
    location:
      session.return_url && withParams(session.return_url, { session_id: session.id, status: 'declined' }),
  }
}

/** The host's return URL with how the flow ended; the session goes by its public id. */
export function withParams(
  returnUrl: string,
  params: { session_id: string } & Record<string, string>,
): string {
  const url = new URL(returnUrl)
  for (const [name, value] of Object.entries({
    ...params,
    session_id: publicId('connect_session', params.session_id),
  })) {
    url.searchParams.set(name, value)
  }
  return url.href
}
