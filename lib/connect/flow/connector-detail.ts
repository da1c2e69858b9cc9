import { wordsOf } from '#lib/connector-kit'
import { type Risk, risk } from '#lib/connector-kit/schema'
import { ceilingOf, offeredScopes } from '#lib/consent'
import type { PortalView } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import type { Locale } from '#lib/i18n/schema'
import { publicId } from '#lib/ids'
import { configuredConnectorsIn } from '#lib/oauth'
import { type Deps, type Open, offeredConnector } from '../context.ts'

type Account = NonNullable<PortalView['connectors'][number]['account']>

/** What a person may want to know of a connector before they decide anything. */
type ConnectorDetail = {
  id: string
  name: string
  summary: string
  /** Whether an operator has set up our client there. */
  configured: boolean
  /** What may be asked, in the words of the consent screen. */
  groups: { risk: Risk; does: string[] }[]
  /** The person's own accounts there, newest first. */
  accounts: Account[]
}

/** @throws AppError `not_found` for a connector that the session does not offer */
export function connectorDetail(
  deps: Deps,
  opened: Open,
  connectorId: string,
  locale: Locale,
): Promise<ConnectorDetail> {
  const { tenant, session } = opened
  const connector = offeredConnector(deps, session, connectorId)
  const words = wordsOf(connector, locale)
  const offered = offeredScopes(connector, session.scopes[connector.id], ceilingOf(session, connector.id))
  return forOrg(tenant, async (tx) => {
    const configured = await configuredConnectorsIn(tx)
    const accounts = await tx.connected_accounts.findMany({
      where: {
        org_id: tenant.orgId,
        user_id: session.user_id,
        connector: connector.id,
        status: { not: 'revoked' },
        deleted_at: null,
      },
      orderBy: { id: 'desc' },
      take: accountsMost,
    })
    return {
      id: connector.id,
      name: connector.name,
      summary: words.summary,
      configured: configured.has(connector.id),
      groups: risk.options.flatMap((level) => {
        const does = offered
          .filter((scope) => scope.risk === level)
          .map(({ scope, does: english }) => words.scopes[scope]?.does ?? english)
        return does.length > 0 ? [{ risk: level, does }] : []
      }),
      accounts: accounts.map(({ id, label, status }) => ({
        id: publicId('connected_account', id),
        label,
        status: status as Account['status'],
      })),
    }
  })
}

const accountsMost = 50
