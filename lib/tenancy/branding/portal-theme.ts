import type { Overrides } from '#lib/i18n'
import type { Locale } from '#lib/i18n/schema'
import type { Tenant } from '#lib/proof'
import { assetPath } from './assets.ts'
import { completed } from './complete.ts'
import { type Painted, painted, ratioOf, repaired, type Shortfall, shortfalls } from './contrast.ts'
import { type FontFile, sheetOf } from './css.ts'
import { type ColourScheme, colourSchemes, colourTokens, type Palette } from './palette.ts'
import { overridesOf } from './texts.ts'
import type { RepairedColour, Theme } from './theme.ts'

/** A logo's address, and its width in px at the height that the theme gives it. */
export type Picture = { src: string; widthPx: number }

/** What a page of the portal needs to look like an organization's own. */
export type PortalTheme = {
  /** Stands above every screen; `null` for the organization's own name. */
  name: string | null
  links: { support_url: string | null; privacy_url: string | null; terms_url: string | null }
  /** A sheet of checked values alone; `null` where nothing differs from the deployment's look. */
  sheet: string | null
  logo: { light: Picture; dark: Picture; heightPx: number } | null
  favicon: string | null
  scheme: 'light' | 'dark' | null
  dir: 'ltr' | 'rtl' | null
  hideBadge: boolean
  /** The organization's own texts in a language. */
  overrides: (locale: Locale) => Overrides
}

export const paletteOf = (theme: Theme, scheme: ColourScheme): Painted => {
  const palette = completed(scheme, lower(theme[scheme] ?? {}), lower(theme.light ?? {}))
  return theme.contrast === 'refuse' ? painted(palette) : repaired(palette)
}

const lower = <Given extends Record<string, string | undefined>>(given: Given): Given =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value?.toLowerCase()])) as Given

/** The colours of a theme as they were said, before anything is repaired; where it says none, what they follow. */
export const palettesBefore = (theme: Theme): Readonly<Record<ColourScheme, Palette>> => ({
  light: completed('light', lower(theme.light ?? {})),
  dark: completed('dark', lower(theme.dark ?? {}), lower(theme.light ?? {})),
})

/** What cannot be read in the theme as it would be shown: nothing, unless repair is refused. */
export const failures = (theme: Theme): { scheme: ColourScheme; short: Shortfall[] }[] =>
  colourSchemes
    .map((scheme) => ({ scheme, short: shortfalls(paletteOf(theme, scheme)) }))
    .filter(({ short }) => short.length > 0)

const least = (short: readonly Shortfall[], colour: string) =>
  short.filter((pair) => pair.colour === colour).sort((a, b) => a.ratio - b.ratio)[0] ?? null

const round = (ratio: number) => Math.floor(ratio * 100) / 100

/** What repair moves, for people to see before and after. */
export function repairsOf(theme: Theme, scheme: ColourScheme): RepairedColour[] {
  const before = painted(completed(scheme, lower(theme[scheme] ?? {}), lower(theme.light ?? {})))
  const after = repaired(before)
  const short = shortfalls(before)
  return colourTokens.flatMap((colour) => {
    if (before[colour] === after[colour]) return []
    const worst = least(short, colour)
    const now = worst && ratioOf(after, worst)
    return {
      colour,
      from: before[colour],
      to: after[colour],
      ratio_from: worst && round(worst.ratio),
      ratio_to: now === null ? null : round(now),
      ratio_min: worst?.ratioMin ?? null,
    }
  })
}

const empty = (theme: Theme): boolean =>
  [theme.light, theme.dark, theme.look].every((part) => Object.keys(part ?? {}).length === 0)

export type ThemeAssets = readonly {
  sha256: string
  kind: string
  width: number | null
  height: number | null
  weight_min: number | null
  weight_max: number | null
}[]

/**
 * A theme made ready for pages.
 * @param owner whose uploads it names
 * @param assets those of the uploads that it names
 */
export function portalTheme(owner: Tenant, theme: Theme, assets: ThemeAssets): PortalTheme {
  const tokens = theme.look ?? {}
  const heightPx = tokens.logo_height ?? 28
  const files = Object.fromEntries(
    assets
      .filter(({ kind }) => kind === 'font')
      .map(({ sha256, weight_min, weight_max }): [string, FontFile] => [
        sha256,
        { path: assetPath(owner, sha256), weights: [weight_min ?? 400, weight_max ?? weight_min ?? 400] },
      ]),
  )
  const picture = (id: string | undefined): Picture | null => {
    const found = assets.find(({ sha256, kind }) => sha256 === id && kind === 'logo')
    if (!found?.width || !found.height) return null
    return {
      src: assetPath(owner, found.sha256),
      widthPx: Math.round((found.width / found.height) * heightPx),
    }
  }
  const [light, dark] = [picture(tokens.logo_light), picture(tokens.logo_dark)]
  const one = light ?? dark
  return {
    name: theme.name ?? null,
    links: {
      support_url: theme.support_url ?? null,
      privacy_url: theme.privacy_url ?? null,
      terms_url: theme.terms_url ?? null,
    },
    sheet: empty(theme)
      ? null
      : sheetOf({ light: paletteOf(theme, 'light'), dark: paletteOf(theme, 'dark'), tokens, fonts: files }),
    logo: one && { light: light ?? one, dark: dark ?? one, heightPx },
    favicon: tokens.favicon === undefined ? null : assetPath(owner, tokens.favicon),
    scheme: tokens.scheme === 'light' || tokens.scheme === 'dark' ? tokens.scheme : null,
    dir: tokens.dir === 'ltr' || tokens.dir === 'rtl' ? tokens.dir : null,
    hideBadge: theme.hide_badge === true,
    overrides: (locale) => overridesOf(theme, locale),
  }
}
