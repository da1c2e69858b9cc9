import type { Connector } from '#lib/connector-kit'
import { carriedBy, type OfferedScope } from './offered.ts'

/** What has to be ticked for a thing to be allowed: one of these lists in full. An empty list needs no tick. */
export type Ticks = readonly (readonly (readonly string[])[])[]

/**
 * What of the choice on the screen a tool hangs on.
 * @returns alternatives; each names, for every scope that it still needs, the optional scopes of which one must be
 *   ticked. None at all: nothing on this screen can allow it
 */
export function ticksFor(
  connector: Pick<Connector, 'implies' | 'tools'>,
  offered: readonly Pick<OfferedScope, 'scope' | 'required'>[],
  toolName: string,
): Ticks {
  const carried = offered.map((one) => ({ ...one, all: carriedBy(one.scope, connector.implies) }))
  const needs = (scope: string): readonly string[] | null => {
    const carriers = carried.filter(({ all }) => all.has(scope))
    return carriers.some(({ required }) => required) ? null : carriers.map((one) => one.scope)
  }
  const alternatives = (connector.tools[toolName]?.scopes ?? []).map((together) =>
    together.map(needs).filter((one): one is readonly string[] => one !== null),
  )
  // A scope that nothing on offer carries cannot be ticked, so its alternative is none.
  return alternatives.filter((together) => together.every((carriers) => carriers.length > 0))
}

/** Whether a choice allows what hangs on these ticks. */
export const allowedBy = (ticks: Ticks, ticked: ReadonlySet<string>): boolean =>
  ticks.some((together) => together.every((carriers) => carriers.some((scope) => ticked.has(scope))))
