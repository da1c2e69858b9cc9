import { wordsOf } from '#lib/connector-kit'
import type { PortalView, SessionStatus } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import type { Locale } from '#lib/i18n/schema'
import { publicId } from '#lib/ids'
import { configuredConnectorsIn } from '#lib/oauth'
import { getOrgIn } from '#lib/tenancy'
import { type Deps, type Open, offeredConnectors } from '../context.ts'
import { brandingOf } from './shell.ts'

/** What the catalogue shows. @param locale of the connectors' own words */
export const portalView = (
  { connectors, egress }: Deps,
  { tenant, session }: Open,
  locale: Locale = 'en',
): Promise<PortalView> =>
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
          summary: wordsOf(connector, locale).summary,
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
