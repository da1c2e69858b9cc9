import type { Connector } from '#lib/connector-kit'
import type { OfferedScope, offeredScopes } from '#lib/consent'
import type { ConsentView } from '#lib/consent/schema'
import { AppError } from '#lib/errors'
import { expand } from '#lib/scopes'

/** What a person sent with their yes, as a form has it. */
export type Chosen = {
  /** What they ticked. */
  scopes: readonly string[]
  /** Days, or `open` for until they take it back; without it, what stands chosen on the screen. */
  duration?: string | undefined
  /** The kinds of resource that they want to pick from; the others stay unlimited. */
  limited?: readonly string[] | undefined
}

/** What was agreed to, checked against what was on the screen. */
export type Terms = {
  requested: string[]
  refused: string[]
  durationDays: number | null
  limited: string[]
}

const refuse = (param: string, detail: string) => new AppError('invalid_request', { detail, param })

/** What a person chose, against what was offered (THREATS.md C3). @throws AppError `invalid_request` */
export function chosenTerms(
  view: ConsentView,
  connector: Connector,
  offered: ReturnType<typeof offeredScopes>,
  chosen: Chosen,
): Terms {
  const scopes = chosenScopes(offered, chosen.scopes)
  const limited = chosenLimits(view.reach, chosen.limited ?? [])
  const held = expand(scopes.requested, connector.implies)
  for (const kind of limited) {
    const lists = connector.resources[kind]?.listScopes ?? []
    if (!lists.some((together) => together.every((scope) => held.has(scope))))
      throw refuse('limited', 'To pick, also allow what the list is read with.')
  }
  return { ...scopes, durationDays: chosenDuration(view.durations, chosen.duration), limited }
}

function chosenScopes(offered: readonly OfferedScope[], ticked: readonly string[]) {
  if (ticked.some((name) => !offered.some(({ scope }) => scope === name)))
    throw refuse('scopes', 'A permission was chosen that is not offered.')
  const requested = offered
    .filter(({ scope, required }) => required || ticked.includes(scope))
    .map(({ scope }) => scope)
  if (requested.length === 0) throw refuse('scopes', 'Choose at least one permission, or decline.')
  return {
    requested,
    refused: offered.map(({ scope }) => scope).filter((scope) => !requested.includes(scope)),
  }
}

function chosenDuration(offered: ConsentView['durations'], chosen: string | undefined): number | null {
  const found = offered.find((one) =>
    chosen === undefined ? one.chosen : chosen === (one.days === null ? 'open' : String(one.days)),
  )
  if (!found) throw refuse('duration', 'A time was chosen that is not offered.')
  return found.days
}

function chosenLimits(offered: ConsentView['reach'], chosen: readonly string[]): string[] {
  if (chosen.some((kind) => !offered.some((one) => one.kind === kind)))
    throw refuse('limited', 'A limit was chosen that is not offered.')
  return [...new Set(chosen)]
}
