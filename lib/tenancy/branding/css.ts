import type { Painted } from './contrast.ts'
import { type BuiltInFont, builtInFonts } from './fonts.ts'
import type { ThemeLook } from './theme.ts'

const hexColour = /^#[0-9a-f]{6}$/
const path = /^\/brand\/org_[0-9a-f]{32}\/[0-9a-f]{64}$/

/** A value of a sheet, looked at once more where it is written: nothing of a tenant's becomes CSS by itself. */
function checked(value: string, shape: RegExp): string {
  if (!shape.test(value)) throw new Error('a theme holds a value that no sheet may hold')
  return value
}
const number = (value: number): string => {
  if (!Number.isFinite(value)) throw new Error('a theme holds a number that is none')
  return String(Math.round(value * 1000) / 1000)
}
const rem = (px: number): string => `${number(px / 16)}rem`

const shadows = {
  none: '0 0 transparent',
  soft: null,
  strong:
    '0 2px 4px light-dark(rgb(0 0 0/.08),rgb(0 0 0/.4)),0 24px 56px -16px light-dark(rgb(0 0 0/.28),rgb(0 0 0/.8))',
} as const
const spacings = { compact: '0.225rem', regular: null, roomy: '0.28rem' } as const
/** Sizes of the text utilities in rem at 16 px, which all scale with the running text. */
const textSizes = { xs: 0.75, sm: 0.875, base: 1, lg: 1.125, xl: 1.25, '2xl': 1.5 } as const

export type FontFile = { path: string; weights: readonly [number, number] }

type Parts = {
  light: Painted
  dark: Painted
  tokens: ThemeLook
  /** The uploaded fonts by their ids; one that is missing leaves its place to the default. */
  fonts: Readonly<Record<string, FontFile>>
}

function fontFaces({ tokens, fonts }: Parts): string {
  const named = [tokens.font_body, tokens.font_heading, tokens.font_mono]
  return [...new Set(named)]
    .flatMap((id) => {
      const file = id === undefined ? undefined : fonts[id]
      if (!id || !file) return []
      const [from, to] = file.weights
      const weight = from === to ? number(from) : `${number(from)} ${number(to)}`
      return `@font-face{font-family:"${familyOf(id)}";src:url("${checked(file.path, path)}");font-weight:${weight};font-display:swap}`
    })
    .join('')
}

const familyOf = (id: string): string => `bhf-${checked(id, /^[0-9a-f]{64}$/).slice(0, 16)}`

function stackOf(choice: string | undefined, fonts: Parts['fonts'], fallback: BuiltInFont): string | null {
  if (choice === undefined) return null
  if (Object.hasOwn(builtInFonts, choice)) return builtInFonts[choice as BuiltInFont]
  return fonts[choice] ? `"${familyOf(choice)}",${builtInFonts[fallback]}` : null
}

/** Of two logos the one for the scheme is shown; sizes stand here, as the policy allows no style on an element. */
function logoRules(scheme: ThemeLook['scheme']): string[] {
  const shown = (at: string, one: 'light' | 'dark', other: 'light' | 'dark') =>
    `${at} .bhf-logo-${one}{display:block}${at} .bhf-logo-${other}{display:none}`
  return [
    '.bhf-logo{block-size:var(--bhf-logo-height);inline-size:auto;max-inline-size:100%;object-fit:contain;object-position:0 50%}',
    shown(':root', scheme === 'dark' ? 'dark' : 'light', scheme === 'dark' ? 'light' : 'dark'),
    ...(scheme === 'light' || scheme === 'dark'
      ? []
      : [`@media(prefers-color-scheme:dark){${shown(':root', 'dark', 'light')}}`]),
    shown(':root[data-scheme=light]', 'light', 'dark'),
    shown(':root[data-scheme=dark]', 'dark', 'light'),
  ]
}

/**
 * The one sheet that repaints the portal: custom properties of checked values, both schemes at once by `light-dark()`.
 * @throws Error for a value that slipped through every check before this one
 */
export function sheetOf(parts: Parts): string {
  const { light, dark, tokens, fonts } = parts
  const lines: string[] = []
  const set = (name: string, value: string | null) => {
    if (value !== null) lines.push(`${name}:${value}`)
  }
  if (tokens.scheme === 'light' || tokens.scheme === 'dark') set('color-scheme', tokens.scheme)
  for (const [token, colour] of Object.entries(light)) {
    const night = dark[token as keyof Painted]
    set(
      `--bhf-${token.replaceAll('_', '-')}`,
      `light-dark(${checked(colour, hexColour)},${checked(night, hexColour)})`,
    )
  }
  set('--bhf-font-body', stackOf(tokens.font_body, fonts, 'system'))
  set('--bhf-font-heading', stackOf(tokens.font_heading, fonts, 'system'))
  set('--bhf-font-mono', stackOf(tokens.font_mono, fonts, 'mono'))
  if (tokens.text_base !== undefined) {
    set('--bhf-text-base', rem(tokens.text_base))
    for (const [name, size] of Object.entries(textSizes))
      set(`--text-${name}`, `${number((size * tokens.text_base) / 16)}rem`)
  }
  if (tokens.weight_strong !== undefined) {
    set('--bhf-weight-strong', number(tokens.weight_strong))
    set('--font-weight-semibold', number(tokens.weight_strong))
  }
  for (const name of ['radius_control', 'radius_card', 'radius_pill'] as const) {
    const value = tokens[name]
    if (value !== undefined) set(`--bhf-${name.replace('_', '-')}`, rem(value))
  }
  if (tokens.border_width !== undefined) set('--bhf-border-width', `${number(tokens.border_width)}px`)
  set('--bhf-shadow', shadows[tokens.shadow ?? 'soft'])
  set('--spacing', spacings[tokens.density ?? 'regular'])
  set('--bhf-logo-height', rem(tokens.logo_height ?? 28))
  if (tokens.dir === 'ltr' || tokens.dir === 'rtl') set('direction', tokens.dir)
  return [
    fontFaces(parts),
    // An address that asks for one scheme, as previews do, still gets it.
    `:root,:root[data-scheme]{${lines.filter((line) => !line.startsWith('color-scheme')).join(';')}}`,
    ...lines
      .filter((line) => line.startsWith('color-scheme'))
      .map((line) => `:root:not([data-scheme]){${line}}`),
    ...((tokens.logo_light ?? tokens.logo_dark) ? logoRules(tokens.scheme) : []),
    ...(tokens.density === 'compact'
      ? // What is pressed keeps its size however little room there is.
        ['input:is([type=checkbox],[type=radio]){min-inline-size:1.5rem;min-block-size:1.5rem}']
      : []),
    ...(tokens.motion === 'none'
      ? ['*,::before,::after{animation:none!important;transition:none!important}']
      : []),
  ].join('')
}
