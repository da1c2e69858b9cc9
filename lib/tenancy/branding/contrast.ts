import { contrast, luminance, moved, over, textOn } from './colour.ts'
import { type ColourToken, colourTokens, type Palette } from './palette.ts'

/** Colours that follow from a palette: what a button's edge and its hovered face are painted in. */
type Derived = 'primary_edge' | 'primary_hover' | 'danger_hover'
export type Painted = Palette & Readonly<Record<Derived, string>>

/** What something is drawn on: a colour, or a tint of the first over the second. */
type Ground = keyof Painted | Readonly<{ tint: ColourToken; percent: number; over: ColourToken }>

export type Pair = Readonly<{ colour: keyof Painted; on: Ground; ratioMin: 4.5 | 3 }>

const surfaces = ['bg', 'page_bg', 'card', 'muted', 'accent'] as const
const statuses = ['danger', 'warning', 'success', 'info'] as const
const risks = ['risk_read', 'risk_write', 'risk_send', 'risk_admin'] as const

const on = (colours: readonly (keyof Painted)[], grounds: readonly Ground[], ratioMin: 4.5 | 3): Pair[] =>
  colours.flatMap((colour) => grounds.map((ground) => ({ colour, on: ground, ratioMin })))

/** Every text on every background, and every control's edge on what it stands on, that the portal draws. */
export const pairs: readonly Pair[] = [
  ...on(['fg', 'card_fg', 'muted_fg', 'link'], surfaces, 4.5),
  ...on([...statuses, ...risks], ['bg', 'page_bg', 'card', 'muted'], 4.5),
  // Badges and notices are words on a tint of their own colour; alerts are text on a lighter one.
  ...[...statuses, ...risks].flatMap((tint) =>
    (['card', 'bg'] as const).flatMap((below) => [
      ...on([tint], [{ tint, percent: 12, over: below }], 4.5),
      ...on(['fg', 'card_fg'], [{ tint, percent: 8, over: below }], 4.5),
    ]),
  ),
  ...on(['primary_fg'], ['primary', 'primary_hover'], 4.5),
  ...on(['danger_fg'], ['danger', 'danger_hover'], 4.5),
  ...on(['warning_fg'], ['warning'], 4.5),
  ...on(['success_fg'], ['success'], 4.5),
  ...on(['info_fg'], ['info'], 4.5),
  ...on(['ring'], surfaces, 3),
  ...on(['input'], ['bg', 'page_bg', 'card'], 3),
  ...on(['primary_edge', 'danger'], ['bg', 'page_bg', 'card'], 3),
]

const groundOf = (ground: Ground, painted: Painted): string =>
  typeof ground === 'string'
    ? painted[ground]
    : over(painted[ground.tint], ground.percent, painted[ground.over])

/** The contrast ratio of a pair in a palette. */
export const ratioOf = (painted: Painted, { colour, on: ground }: Pair): number =>
  contrast(painted[colour], groundOf(ground, painted))

export type Shortfall = Pair & { ratio: number }

/** The pairs of a palette that cannot be read or seen well enough. */
export const shortfalls = (painted: Painted): Shortfall[] =>
  pairs.flatMap((pair) => {
    const ratio = ratioOf(painted, pair)
    return ratio < pair.ratioMin ? [{ ...pair, ratio }] : []
  })

/** Toward the text, as a hovered button looks; away from it where the text would be lost. */
function hovered(face: string, text: string): string {
  const toward = over(text, 12, face)
  return contrast(toward, text) >= 4.5
    ? toward
    : over(text === '#000000' ? '#ffffff' : textOn(text), 12, face)
}

/** The palette with what follows from it, and nothing put right. */
export const painted = (palette: Palette): Painted => ({
  ...palette,
  primary_edge: palette.primary,
  primary_hover: hovered(palette.primary, palette.primary_fg),
  danger_hover: hovered(palette.danger, palette.danger_fg),
})

// Between these luminances neither dark nor light text is left any room for a tint: a surface keeps out of it.
const lightSurfaceMin = 0.25
const darkSurfaceMax = 0.11

/**
 * The nearest palette that can be read. The card says whether text is dark or light; other surfaces follow it. Text
 * on a coloured face takes the better of black and white; all else keeps its hue and moves its OKLCH lightness.
 * Repairing what was repaired changes nothing.
 * @see CONNECT.md "White label"
 */
export function repaired(palette: Palette): Painted {
  const result: Record<ColourToken, string> = { ...palette }
  const darkText = luminance(palette.card) >= (lightSurfaceMin + darkSurfaceMax) / 2
  const text = darkText ? 'black' : 'white'
  for (const surface of surfaces)
    result[surface] = moved(result[surface], darkText ? 'white' : 'black', (candidate) =>
      darkText ? luminance(candidate) >= lightSurfaceMin : luminance(candidate) <= darkSurfaceMax,
    )
  const settle = (colour: ColourToken) => {
    const mine = pairs.filter((pair) => pair.colour === colour && !isDerived(pair.on))
    result[colour] = moved(result[colour], text, (candidate) => {
      const tried = { ...result, [colour]: candidate } as Painted
      return mine.every((pair) => contrast(candidate, groundOf(pair.on, tried)) >= pair.ratioMin)
    })
  }
  // Tints lie under the text, so that their colours come first.
  for (const colour of [...statuses, ...risks, 'link', 'input', 'ring'] as const) settle(colour)
  for (const colour of ['fg', 'card_fg', 'muted_fg'] as const) settle(colour)
  for (const face of ['primary', ...statuses] as const)
    if (contrast(result[face], result[`${face}_fg`]) < 4.5) result[`${face}_fg`] = textOn(result[face])
  const edge = moved(result.primary, text, (candidate) =>
    (['bg', 'page_bg', 'card'] as const).every((surface) => contrast(candidate, result[surface]) >= 3),
  )
  return { ...painted(result), primary_edge: edge }
}

const isDerived = (ground: Ground): boolean =>
  typeof ground === 'string' && !(colourTokens as readonly string[]).includes(ground)
