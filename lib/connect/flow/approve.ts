import { appendAudit, type Origin, originFields } from '#lib/audit'
import { isOAuth } from '#lib/connector-kit'
import {
  assertLive,
  ceilingOf,
  getSessionIn,
  moveSessionIn,
  offeredScopes,
  startAttemptIn,
} from '#lib/consent'
import type { Resources } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Translator } from '#lib/i18n'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { authorizeUrl, findAuthConfigIn, newProofs } from '#lib/oauth'
import { connectorOf, type Deps, type Open, wordsFor } from '../context.ts'
import { admission } from './admission.ts'
import { consentView } from './consent-screen.ts'
import { credentialsPage } from './credential-screen.ts'
import type { FlowCookie } from './flow-cookie.ts'
import { type Chosen, chosenTerms } from './terms.ts'

export type Approval = Chosen & {
  connector: string
  hash: string
  /** Whether the provider is to ask which account it is, where it can. */
  switchAccount?: boolean
}

/**
 * Records what the person agreed to and sends the browser on: to the provider, or to a page of ours that begins with
 * `/`, where something else comes first.
 * @param t in whose language the text was on the screen
 * @param approval.hash the hash of the text that was on the screen; if the text has changed since, it is shown again
 * @throws AppError `conflict` when it has; `session_used`, `session_expired`, `invalid_request`
 */
export async function approve(
  deps: Deps,
  opened: Open,
  flow: FlowCookie,
  approval: Approval,
  origin: Origin,
  t: Translator = wordsFor(opened),
): Promise<{ location: string; flow: FlowCookie }> {
  const { tenant, session } = opened
  const consent = await consentView(deps, opened, approval.connector, t)
  if (consent.hash !== approval.hash) {
    throw new AppError('conflict', { detail: 'What you would agree to has changed. Please read it again.' })
  }
  const connector = connectorOf(deps, approval.connector)
  const terms = chosenTerms(
    consent.view,
    connector,
    offeredScopes(connector, session.scopes[connector.id], ceilingOf(session, connector.id)),
    approval,
  )
  const { requested } = terms
  const elsewhere = await admission(opened, connector, requested)
  if (elsewhere !== null) return { location: elsewhere, flow }
  const proofs = newProofs(session.id.replaceAll('-', ''))
  const { auth, attemptId } = await forOrg(tenant, async (tx) => {
    assertLive(await getSessionIn(tx, tenant, session.id))
    await moveSessionIn(tx, tenant, session.id, ['open', 'authorizing'], 'authorizing')
    const found = await findAuthConfigIn(tx, tenant, connector.id)
    if (!found) {
      throw new AppError('unavailable', {
        detail: `${connector.name} is not set up here yet.`,
        param: 'connector',
      })
    }
    const id = await startAttemptIn(tx, tenant, {
      sessionId: session.id,
      connector: connector.id,
      authConfig: found,
      state: proofs.state,
      scopesRequested: requested,
      scopesRefused: terms.refused,
      consentText: consent.text,
      consentHash: consent.hash,
      locale: t.locale,
      durationDays: terms.durationDays,
      limited: terms.limited,
      resources: stillPicked(consent.previous?.resources ?? null, terms.limited),
      consentedBy: { ip: origin.ip, user_agent: origin.userAgent },
    })
    return { auth: found, attemptId: id }
  })
  return {
    location:
      isOAuth(connector) && connector.auth.asks.length === 0
        ? await authorizeUrl(connector, auth, proofs, requested, approval.switchAccount ?? false)
        : credentialsPage(session.id, connector.id),
    flow: { session: flow.session, attempt: { id: attemptId, connector: connector.id, ...proofs } },
  }
}

/** What the consent before this one was limited to, of the kinds that this one is limited in. */
function stillPicked(before: Resources | null, limited: readonly string[]): Resources | null {
  const kept = Object.entries(before ?? {}).filter(([kind]) => limited.includes(kind))
  return kept.length > 0 ? Object.fromEntries(kept) : null
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
