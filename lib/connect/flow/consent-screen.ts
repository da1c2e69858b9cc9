import { assertLive, buildConsentView, consentHash, consentText } from '#lib/consent'
import type { ConsentView } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { authorizeOrigin, findAuthConfigIn } from '#lib/oauth'
import { getOrgIn } from '#lib/tenancy'
import { type Deps, type Open, offeredConnector } from '../context.ts'

export type Consent = { view: ConsentView; text: string; hash: string; providerOrigin: string }

/**
 * What the consent screen shows for one connector, and the hash that approving it must name.
 * @throws AppError `not_found` for a connector that the session does not offer; `unavailable` without a client there
 */
export async function consentView(deps: Deps, opened: Open, connectorId: string): Promise<Consent> {
  assertLive(opened.session)
  const { tenant, session } = opened
  const connector = offeredConnector(deps, opened.session, connectorId)
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
