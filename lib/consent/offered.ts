import type { Connector, Scope } from '#lib/connector-kit'
import { AppError } from '#lib/errors'

export type OfferedScope = Scope & { scope: string; required: boolean }

/**
 * The scopes that a session offers of a connector. What the product names, it needs; where it names nothing, the
 * connector's own choice stands, and what it can do without is optional. What lies above the ceiling of the person's
 * groups is not offered, named or not: it would be refused at every call.
 * @param ceiling the most that the person may use here; `null` for no ceiling
 * @throws AppError `invalid_request` for a scope that the connector does not have
 */
export function offeredScopes(
  connector: Connector,
  named: readonly string[] | undefined,
  ceiling: readonly string[] | null,
): OfferedScope[] {
  const base: readonly string[] = connector.auth.baseScopes
  const wanted = named?.filter((scope) => !base.includes(scope))
  const most = ceiling && new Set(ceiling.flatMap((scope) => [...carriedBy(scope, connector.implies)]))
  const offered = (wanted ?? Object.keys(connector.scopes)).map((name) => {
    const scope = Object.hasOwn(connector.scopes, name) ? connector.scopes[name] : undefined
    if (!scope) {
      throw new AppError('invalid_request', {
        detail: `${connector.name} has no scope ${name}.`,
        param: `scopes.${connector.id}`,
        errors: [{ path: `scopes.${connector.id}`, message: `has no scope ${name}` }],
      })
    }
    return { ...scope, scope: name, required: wanted !== undefined || scope.withoutIt === undefined }
  })
  return offered.filter(({ scope }) => most?.has(scope) ?? true)
}

/** The ceilings over a session's person, by connector, where they were read. */
export type UnderCeilings = { ceilings?: ReadonlyMap<string, readonly string[]> }

export const ceilingOf = ({ ceilings }: UnderCeilings, connector: string): readonly string[] | null =>
  ceilings?.get(connector) ?? null

/** A scope with all that it carries, however deep (`repo` carries `public_repo`). */
export function carriedBy(scope: string, implies: Connector['implies']): ReadonlySet<string> {
  const held = new Set([scope])
  // A set grows while it is walked.
  for (const one of held) for (const implied of implies[one] ?? []) held.add(implied)
  return held
}
