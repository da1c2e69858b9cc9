import {
  assertLive,
  buildConsentView,
  consentHash,
  consentText,
  type PreviousConsent,
  withWording,
} from '#lib/consent'
import type { ConsentView, Resources } from '#lib/consent/schema'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Translator } from '#lib/i18n'
import { findAuthConfigIn } from '#lib/oauth'
import { forbiddenToolsIn } from '#lib/policy'
import type { Tenant } from '#lib/proof'
import { getOrgIn, verifiedDomain } from '#lib/tenancy'
import { type Deps, type Open, offeredConnector, wordsFor } from '../context.ts'

export type Consent = {
  view: ConsentView
  text: string
  hash: string
  /** What the account that is renewed was under until now. */
  previous: (PreviousConsent & { resources: Resources | null }) | null
}

/**
 * What the consent screen shows for one connector, and the hash that approving it must name.
 * @param t in whose language it is shown; the hash is of that language's text
 * @throws AppError `not_found` for a connector that the session does not offer; `unavailable` without a client there
 */
export async function consentView(
  deps: Deps,
  opened: Open,
  connectorId: string,
  t: Translator = wordsFor(opened),
): Promise<Consent> {
  assertLive(opened.session)
  const { tenant, session } = opened
  const connector = offeredConnector(deps, opened.session, connectorId)
  const { organization, auth, renewed, forbidden } = await forOrg(tenant, async (tx) => ({
    organization: await getOrgIn(tx, tenant),
    auth: await findAuthConfigIn(tx, tenant, connector.id),
    renewed: await renewedIn(tx, tenant, session.connected_account_id),
    forbidden: await forbiddenToolsIn(tx, tenant, Object.values(connector.tools)),
  }))
  if (!auth) {
    throw new AppError('unavailable', {
      detail: `${connector.name} is not set up here yet. Please tell ${organization.name}.`,
      param: 'connector',
    })
  }
  const { account, previous } = renewed ?? { account: null, previous: null }
  const facts = {
    session,
    connector,
    organization: { ...organization, verifiedDomain: await verifiedDomain(tenant) },
    account,
    previous,
    forbidden,
  }
  const view = withWording(buildConsentView(facts, t), previous, connector, t)
  const text = consentText(view, t)
  return { view, text, hash: consentHash(text), previous }
}

/** The account that a session renews, with the consent that it is under. */
async function renewedIn(tx: Tx, tenant: Tenant, accountId: string | null) {
  if (!accountId) return null
  const at = { org_id_id: { org_id: tenant.orgId, id: accountId } }
  const account = await tx.connected_accounts.findUnique({ where: at })
  if (!account) return null
  const connection =
    account.current_connection_id &&
    (await tx.connections.findUnique({
      where: { org_id_id: { org_id: tenant.orgId, id: account.current_connection_id } },
    }))
  return {
    account: { label: account.label },
    previous: connection
      ? {
          consentedAt: connection.consented_at,
          scopes: connection.scopes_granted,
          text: connection.consent_text,
          locale: connection.locale,
          resources: connection.resources as Resources | null,
        }
      : null,
  }
}
