import { createHash } from 'node:crypto'
import type { Connector, Scope } from '#lib/connector-kit'
import { risk } from '#lib/connector-kit/schema'
import { AppError } from '#lib/errors'
import type { ConsentView } from './schema.ts'
import type { Session } from './sessions.ts'

export type OfferedScope = Scope & { scope: string; required: boolean }

/**
 * The scopes that a session offers of a connector. What the product names, it needs; where it names nothing, the
 * connector's own choice stands, and what it can do without is optional.
 * @throws AppError `invalid_request` for a scope that the connector does not have
 */
export function offeredScopes(connector: Connector, named: readonly string[] | undefined): OfferedScope[] {
  const wanted = named?.filter((scope) => !connector.auth.baseScopes.includes(scope))
  return (wanted ?? Object.keys(connector.scopes)).map((name) => {
    const scope = connector.scopes[name]
    if (!scope) {
      throw new AppError('invalid_request', {
        detail: `${connector.name} has no scope ${name}.`,
        param: `scopes.${connector.id}`,
        errors: [{ path: `scopes.${connector.id}`, message: `has no scope ${name}` }],
      })
    }
    return { ...scope, scope: name, required: wanted !== undefined || scope.withoutIt === undefined }
  })
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What the consent screen shows for one connector of a session. */
export function buildConsentView(
  session: Session,
  connector: Connector,
  organization: { name: string; branding: Record<string, unknown> },
  accountLabel: string | null,
): ConsentView {
  const offered = offeredScopes(connector, session.scopes[connector.id])
  const link = (name: string) => {
    const value = organization.branding[name]
    return typeof value === 'string' ? value : null
  }
  const notOffered = Object.entries(connector.scopes).filter(
    ([name]) => !offered.some(({ scope }) => scope === name),
  )
  const host = session.return_url ? new URL(session.return_url).host : null
  return {
    organization: { name: organization.name, domain: host },
    agents: session.agents.map(({ name, owner, purpose }) => ({ name, owner, purpose })),
    user: { id: session.user.external_id, name: session.user.name, email: session.user.email },
    connector: { id: connector.id, name: connector.name, summary: connector.summary },
    account: accountLabel === null ? null : { label: accountLabel },
    purpose: session.purpose,
    groups: risk.options.flatMap((level) => {
      const scopes = offered.filter((scope) => scope.risk === level)
      if (scopes.length === 0) return []
      return {
        risk: level,
        scopes: scopes.map((scope) => ({
          scope: scope.scope,
          does: capital(scope.does),
          example: scope.example,
          required: scope.required,
          without_it: scope.withoutIt ?? null,
        })),
      }
    }),
    cannot: [
      ...notOffered.map(([, scope]) => `It cannot ${scope.does}: this is not asked for.`),
      'It never sees your password or the access token.',
    ],
    over_grant: connector.overGrant,
    links: {
      support_url: link('support_url'),
      privacy_url: link('privacy_url'),
      terms_url: link('terms_url'),
    },
  }
}

/**
 * The consent as plain text: what the screen says, in its order. The receipt hashes it, so each word that a person
 * agreed to can be shown again.
 */
export function consentText(view: ConsentView): string {
  const who = view.agents.length > 0 ? view.agents.map(({ name }) => name).join(', ') : view.organization.name
  const lines = [
    `Let ${who} act in ${view.connector.name} as you`,
    `Asked by: ${view.organization.name}${view.organization.domain ? ` (${view.organization.domain})` : ''}`,
    ...view.agents.map(
      (agent) => `Agent: ${agent.name}${agent.owner ? `, answered for by ${agent.owner}` : ''}`,
    ),
    `On behalf of: ${view.user.name ?? view.user.id}${view.user.email ? ` (${view.user.email})` : ''}`,
    ...(view.account ? [`Account: ${view.account.label}`] : []),
    ...(view.purpose ? [`Purpose: ${view.purpose}`] : []),
    ...view.groups.flatMap((group) =>
      group.scopes.map(
        (scope) =>
          `[${group.risk}] ${scope.does}. Example: ${scope.example}. ` +
          `${scope.required ? 'Required' : `Optional: ${scope.without_it}`} (${scope.scope})`,
      ),
    ),
    ...view.cannot,
    ...(view.over_grant ? [view.over_grant] : []),
    'Duration: until you take it back.',
  ]
  return lines.join('\n')
}

export const consentHash = (text: string): string => createHash('sha256').update(text).digest('hex')
