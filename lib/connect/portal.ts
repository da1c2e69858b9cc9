import {
  assertLive,
  buildConsentView,
  consentHash,
  consentText,
  getSession,
  rotateHandle,
} from '#lib/consent'
import type { ConsentView, PortalView, SessionStatus } from '#lib/consent/schema'
import { forOrg, lookupObject } from '#lib/db'
import { AppError } from '#lib/errors'
import { findSession, sessionCaller } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { authorizeOrigin, configuredConnectorsIn, findAuthConfigIn } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { getOrg, getOrgIn } from '#lib/tenancy'
import { connectorOf, type Deps, type Open, offeredConnectors } from './context.ts'
import { type FlowCookie, sealTicket, unsealTicket } from './flow-cookie.ts'

async function read(tenant: Tenant, id: string): Promise<Open> {
  const session = await getSession(tenant, id)
  return { tenant, session, caller: sessionCaller(tenant, session.id, session.user_id) }
}

/**
 * The session behind a token, a hosted link or a handle. A handle shows an ended session too, so that the tab that
 * holds it can say how it ended.
 * @throws AppError `session_expired`, `session_used`
 */
export async function open(token: string): Promise<Open> {
  const { tenant, id, via } = await findSession(token)
  const opened = await read(tenant, id)
  if (via !== 'handle') assertLive(opened.session)
  return opened
}

/** The session of a first-party cookie, whatever its state. @throws AppError `session_expired` */
export async function openFlow(sessionPublicId: string, flow: FlowCookie): Promise<Open> {
  const id = parseId('connect_session', sessionPublicId)
  const tenant = id && flow.session === sessionPublicId && (await lookupObject('connect_session', id))
  if (!tenant) throw new AppError('session_expired', { detail: 'This link is not valid any more.' })
  return read(tenant, id)
}

/** What the page in `/connect/{id}` may be framed by, and how its org looks; for an unknown id, nothing. */
export async function shell(
  sessionPublicId: string,
): Promise<{ frameAncestors: string[]; branding: { name: string; primary: string | null } } | null> {
  const id = parseId('connect_session', sessionPublicId)
  const tenant = id && (await lookupObject('connect_session', id))
  if (!tenant) return null
  const [session, organization] = await Promise.all([getSession(tenant, id), getOrg(tenant)])
  return { frameAncestors: session.embed_origins, branding: brandingOf(organization) }
}

const brandingOf = (organization: { name: string; branding: Record<string, unknown> }) => ({
  name: organization.name,
  primary: typeof organization.branding.primary === 'string' ? organization.branding.primary : null,
})

/** A bearer for the tab that holds the session, in place of the token that came in its URL. */
export const handle = (opened: Open): Promise<string> => rotateHandle(opened.tenant, opened.session.id)

/** A sealed way into the same session for a window of its own, good for ten minutes. */
export function ticket(deps: Deps, opened: Open, connectorId: string): Promise<string> {
  assertLive(opened.session)
  offered(deps, opened, connectorId)
  return sealTicket({ ticket: publicId('connect_session', opened.session.id), connector: connectorId })
}

/** Trades a token, hosted link or ticket for the flow cookie of this browser. */
export async function enter(
  token: string,
): Promise<{ open: Open; flow: FlowCookie; connector: string | null }> {
  if (token.startsWith('bhf_')) {
    const opened = await open(token)
    return {
      open: opened,
      flow: { session: publicId('connect_session', opened.session.id) },
      connector: null,
    }
  }
  const sealed = await unsealTicket(token)
  if (!sealed) throw new AppError('session_expired', { detail: 'This link is not valid any more.' })
  const flow = { session: sealed.ticket }
  const opened = await openFlow(sealed.ticket, flow)
  assertLive(opened.session)
  return { open: opened, flow, connector: sealed.connector }
}

function offered(deps: Deps, opened: Open, connectorId: string) {
  const connector = connectorOf(deps, connectorId)
  if (offeredConnectors(deps, opened.session).includes(connector)) return connector
  throw new AppError('not_found', { detail: `This link does not offer ${connector.name}.` })
}

/** What the catalogue shows. */
export const portalView = ({ connectors, egress }: Deps, { tenant, session }: Open): Promise<PortalView> =>
  forOrg(tenant, async (tx) => {
    const organization = await getOrgIn(tx, tenant)
    const configured = await configuredConnectorsIn(tx)
    const accounts = await tx.connected_accounts.findMany({
      where: { org_id: tenant.orgId, user_id: session.user_id, status: { not: 'revoked' }, deleted_at: null },
      orderBy: { id: 'desc' },
    })
    return {
      session: {
        id: publicId('connect_session', session.id),
        status: session.status as SessionStatus,
        expires_at: session.expires_at.toISOString(),
      },
      organization: brandingOf(organization),
      user: { id: session.user.external_id, name: session.user.name },
      connectors: offeredConnectors({ connectors, egress }, session).map((connector) => {
        const account = accounts.find((candidate) => candidate.connector === connector.id)
        return {
          id: connector.id,
          name: connector.name,
          summary: connector.summary,
          configured: configured.has(connector.id),
          account: account
            ? {
                id: publicId('connected_account', account.id),
                label: account.label,
                status: account.status as NonNullable<PortalView['connectors'][number]['account']>['status'],
              }
            : null,
        }
      }),
      return_url: session.return_url,
    }
  })

export type Consent = { view: ConsentView; text: string; hash: string; providerOrigin: string }

/**
 * What the consent screen shows for one connector, and the hash that approving it must name.
 * @throws AppError `not_found` for a connector that the session does not offer; `unavailable` without a client there
 */
export async function consentView(deps: Deps, opened: Open, connectorId: string): Promise<Consent> {
  assertLive(opened.session)
  const { tenant, session } = opened
  const connector = offered(deps, opened, connectorId)
  const { organization, auth, account } = await forOrg(tenant, async (tx) => ({
    organization: await getOrgIn(tx, tenant),
    auth: await findAuthConfigIn(tx, tenant, connector.id),
    account: session.connected_account_id
      ? await tx.connected_accounts.findUnique({
          where: { org_id_id: { org_id: tenant.orgId, id: session.connected_account_id } },
        })
      : null,
  }))
  if (!auth) {
    throw new AppError('unavailable', {
      detail: `${connector.name} is not set up here yet. Please tell ${organization.name}.`,
    })
  }
  const view = buildConsentView(session, connector, organization, account?.label ?? null)
  const text = consentText(view)
  return { view, text, hash: consentHash(text), providerOrigin: authorizeOrigin(connector, auth) }
}

/** How far the session is, for the page that waits. */
export async function status({ tenant, session }: Open): Promise<{
  status: SessionStatus
  status_reason: string | null
  account: { id: string; label: string } | null
}> {
  const account =
    session.status === 'completed' && session.connected_account_id
      ? await forOrg(tenant, (tx) =>
          tx.connected_accounts.findUnique({
            where: { org_id_id: { org_id: tenant.orgId, id: session.connected_account_id ?? '' } },
          }),
        )
      : null
  return {
    status: session.status as SessionStatus,
    status_reason: session.status_reason,
    account: account ? { id: publicId('connected_account', account.id), label: account.label } : null,
  }
}

export type Finished = {
  organization: string
  connector: string | null
  account: string | null
  scopesMissing: string[]
  returnUrl: string | null
  confirmationCode: string | null
  status: SessionStatus
  status_reason: string | null
}

/** What the last page shows. */
export async function finished(deps: Deps, opened: Open, flow: FlowCookie): Promise<Finished> {
  const { tenant, session } = opened
  const { organization, attempt } = await forOrg(tenant, async (tx) => ({
    organization: await getOrgIn(tx, tenant),
    attempt: await tx.connect_attempts.findFirst({
      where: { org_id: tenant.orgId, session_id: session.id },
      orderBy: { id: 'desc' },
    }),
  }))
  const connector = attempt && deps.connectors[attempt.connector]
  const account = attempt?.provider_account as { label?: string } | null | undefined
  const answered = attempt?.status === 'answered' || attempt?.status === 'confirmed'
  const missing = answered
    ? attempt.scopes_requested.filter((scope) => !attempt.scopes_granted.includes(scope))
    : []
  return {
    organization: organization.name,
    connector: connector?.name ?? null,
    account: account?.label ?? null,
    scopesMissing: missing.map((scope) => connector?.scopes[scope]?.does ?? scope),
    returnUrl: session.return_url,
    confirmationCode: session.status === 'awaiting_confirmation' ? (flow.confirmationCode ?? null) : null,
    status: session.status as SessionStatus,
    status_reason: session.status_reason,
  }
}
