import type { Connector } from '#lib/connector-kit'
import { ceilingOf, offeredScopes, type Session, type UnderCeilings } from '#lib/consent'
import type { Egress } from '#lib/egress'
import { AppError } from '#lib/errors'
import { negotiate, type Translator, translator } from '#lib/i18n'
import type { SessionCaller } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { inListOrder } from '#lib/tenancy'
import type { ConnectorList } from '#lib/tenancy/schema'

/** What the composition root gives this room. */
export type Deps = { connectors: Readonly<Record<string, Connector>>; egress: Egress }

/** A session, opened by a browser that holds one of its secrets. */
export type Open = { tenant: Tenant; session: Listed; caller: SessionCaller }

/** A session with what its org offers, and to this person; one that renews an account is held to no list. */
type Listed = Session & UnderCeilings & { list?: ConnectorList | null }

/** @throws AppError `not_found` for a connector that does not exist */
export function connectorOf(deps: Deps, id: string): Connector {
  const connector = Object.hasOwn(deps.connectors, id) ? deps.connectors[id] : undefined
  if (!connector) throw new AppError('not_found', { detail: `There is no connector ${id}.` })
  return connector
}

const listedIds = ({ connectors }: Deps): string[] =>
  Object.keys(connectors).filter((id) => !connectors[id]?.unlisted)

/**
 * The connectors that a session offers: those it names, or all of its org's list, but for those of which the ceiling
 * over this person leaves nothing; one that manages connects nothing.
 */
export function offeredConnectors(deps: Deps, session: Listed): Connector[] {
  if (session.kind === 'manage') return []
  const within = (ids: readonly string[]) => (session.list ? inListOrder(session.list, ids) : ids)
  // What a session names keeps the session's order, and stays within its org's list.
  const held = within(session.connectors)
  const named =
    session.connectors.length > 0
      ? session.connectors.filter((id) => held.includes(id))
      : within(listedIds(deps))
  return named.flatMap((id) => {
    const connector = deps.connectors[id]
    const ceiling = ceilingOf(session, id)
    if (!connector || ceiling === null) return connector ?? []
    const left = offeredScopes(connector, session.scopes[id], ceiling)
    return left.length > 0 || Object.keys(connector.scopes).length === 0 ? connector : []
  })
}

/** @throws AppError `not_found` for a connector that the session does not offer */
export function offeredConnector(deps: Deps, session: Listed, id: string): Connector {
  const connector = connectorOf(deps, id)
  if (offeredConnectors(deps, session).includes(connector)) return connector
  throw new AppError('not_found', { detail: `This link does not offer ${connector.name}.` })
}

/** The words of a session where there is no browser to ask: in the language that the host asked for. */
export const wordsFor = ({ session }: Pick<Open, 'session'>): Translator =>
  translator(negotiate(session.locale, null))
