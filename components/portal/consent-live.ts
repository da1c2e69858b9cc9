import type { ConsentView } from '#lib/consent/schema'

// What a tick means is told at once and without a script: a sheet of rules made for this screen, in which a box that is
// ticked turns the word beside a sample, or in the overview. Browsers without :has() are told that it depends.

type Ticks = ConsentView['samples'][number]['ticks']

/** How a thing stands before anybody ticks anything. */
export type Standing = 'yes' | 'no' | 'depends'

/** The name by which a box is found in the sheet; a scope may have any character in it. */
export const tickName = (view: Pick<ConsentView, 'groups'>, scope: string): string =>
  String(view.groups.flatMap(({ scopes }) => scopes).findIndex((one) => one.scope === scope))

export const standingOf = (ticks: Ticks): Standing => {
  if (ticks.length === 0) return 'no'
  return ticks.some((together) => together.length === 0) ? 'yes' : 'depends'
}

/** What the overview says of each risk: needed, left to the person, or not asked for. */
export function glanceOf(view: Pick<ConsentView, 'groups'>, risk: string): Ticks {
  const scopes = view.groups.find((group) => group.risk === risk)?.scopes ?? []
  if (scopes.some(({ required }) => required)) return [[]]
  return scopes.map(({ scope }) => [[scope]])
}

const box = (name: string) => `[data-tick="${name}"]:checked`

function rulesFor(view: ConsentView, at: string, ticks: Ticks): string {
  if (standingOf(ticks) !== 'depends') return ''
  return ticks
    .map((together) => {
      const ticked = together
        .map((carriers) => `:has(${carriers.map((scope) => box(tickName(view, scope))).join(',')})`)
        .join('')
      const there = `form${ticked} [data-live="${at}"]`
      return `${there} [data-is="no"]{display:none}${there} [data-is="yes"]{display:inline-flex}`
    })
    .join('')
}

/** The sheet for one screen. Nothing of it comes from a tenant: it is made of numbers of ours. */
export function liveSheet(view: ConsentView, risks: readonly string[]): string {
  const live = [
    ...view.samples.map(({ ticks }, index) => rulesFor(view, `try-${index}`, ticks)),
    ...risks.map((risk) => rulesFor(view, `glance-${risk}`, glanceOf(view, risk))),
  ].join('')
  return (
    '[data-live] [data-is="yes"],[data-live] [data-is="no"]{display:none}' +
    `@supports selector(:has(a)){[data-live] [data-is="depends"]{display:none}` +
    `[data-live] [data-is="no"]{display:inline-flex}${live}}`
  )
}
