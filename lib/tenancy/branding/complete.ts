import { lifted, luminance, over, textOn } from './colour.ts'
import { type ColourScheme, defaultPalettes, type GivenPalette, type Palette } from './palette.ts'

/**
 * A whole palette from what a theme says: one brand colour is enough, and the rest follows it. What is said stays as
 * it was said; contrast is for `repaired` to put right.
 * @param light what the theme says of the light scheme, whose brand colour the dark one takes over
 */
export function completed(scheme: ColourScheme, given: GivenPalette, light: GivenPalette = {}): Palette {
  const base = defaultPalettes[scheme]
  const brand = given.primary ?? (scheme === 'dark' && light.primary ? lifted(light.primary) : undefined)
  const card = given.card ?? given.bg ?? base.card
  // A card on the other side of the scheme, such as a dark one by day, brings its text along.
  const crossed = luminance(card) >= 0.18 !== (scheme === 'light')
  const ink = given.card_fg ?? given.fg ?? (crossed ? textOn(card) : base.fg)
  const own = given.card !== undefined || given.bg !== undefined || given.fg !== undefined
  const bg = given.bg ?? (crossed ? over(ink, 4, card) : base.bg)
  const neutral: Partial<Palette> = own
    ? {
        fg: ink,
        card_fg: ink,
        muted: over(ink, 6, card),
        muted_fg: over(ink, 68, card),
        border: over(ink, 13, card),
        input: over(ink, 50, card),
        accent: over(brand ?? base.primary, 10, card),
      }
    : {}
  const branded: Partial<Palette> =
    brand === undefined
      ? {}
      : {
          primary: brand,
          primary_fg: textOn(brand),
          link: brand,
          ring: brand,
          accent: over(brand, 10, card),
        }
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...base, card, bg, page_bg: bg, ...neutral, ...branded, ...said }
}
