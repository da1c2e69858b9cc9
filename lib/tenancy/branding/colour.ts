import { clampChroma, converter, formatHex } from 'culori'

const toOklch = converter('oklch')

/** Channels of `#rrggbb`, each 0 to 1. */
const channels = (hex: string): [number, number, number] => [
  Number.parseInt(hex.slice(1, 3), 16) / 255,
  Number.parseInt(hex.slice(3, 5), 16) / 255,
  Number.parseInt(hex.slice(5, 7), 16) / 255,
]

const linear = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4

/** Relative luminance of `#rrggbb`, 0 to 1. @see WCAG 2.2, "relative luminance" */
export function luminance(hex: string): number {
  const [r, g, b] = channels(hex)
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/** Contrast ratio of two colours, 1 to 21. @see WCAG 2.2, "contrast ratio" */
export function contrast(a: string, b: string): number {
  const [one, other] = [luminance(a), luminance(b)]
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

/** The better of black and white on a colour: always at least 4.5:1. */
export const textOn = (hex: string): '#000000' | '#ffffff' =>
  contrast(hex, '#000000') >= contrast(hex, '#ffffff') ? '#000000' : '#ffffff'

/** What is seen where `percent` of a colour lies over another, as browsers composite: in sRGB. */
export function over(top: string, percent: number, below: string): string {
  const under = channels(below)
  const mixed = channels(top).map((value, at) => (value * percent + (under[at] ?? 0) * (100 - percent)) / 100)
  const [r = 0, g = 0, b = 0] = mixed
  return formatHex({ mode: 'rgb', r, g, b })
}

/** The same hue at another OKLCH lightness, with as much of its chroma as a screen has. */
const atLightness = (hex: string, lightness: number): string => {
  const { c = 0, h } = toOklch(hex) ?? {}
  return formatHex(clampChroma({ mode: 'oklch', l: lightness, c, ...(h !== undefined && { h }) }, 'oklch'))
}

const lightnessOf = (hex: string): number => toOklch(hex)?.l ?? 0

/** A colour for dark surfaces that is recognisably the one for light ones. */
export const lifted = (hex: string): string => atLightness(hex, Math.max(lightnessOf(hex), 0.74))

/** Steps of halving: after nine the lightness is known to a fifth of a percent. */
const halvings = 9

/**
 * Keeps the hue and moves the lightness, no farther than needed, until `fits`.
 * @param to the end that fits for certain: black or white
 */
export function moved(hex: string, to: 'black' | 'white', fits: (candidate: string) => boolean): string {
  if (fits(hex)) return hex
  let near = lightnessOf(hex)
  let far = to === 'black' ? 0 : 1
  let found: string = to === 'black' ? '#000000' : '#ffffff'
  for (let step = 0; step < halvings; step++) {
    const middle = (near + far) / 2
    const candidate = atLightness(hex, middle)
    if (fits(candidate)) {
      far = middle
      found = candidate
    } else near = middle
  }
  return found
}
