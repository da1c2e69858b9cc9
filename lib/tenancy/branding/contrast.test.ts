import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/install.mjs'
import { contrast, luminance, textOn } from './colour.ts'
import { completed } from './complete.ts'
import { painted, pairs, repaired, shortfalls } from './contrast.ts'
import { colourSchemes, colourTokens, defaultPalettes, type GivenPalette, type Palette } from './palette.ts'

/** Numbers that are the same on every run. @see Mulberry32 */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
const random = numbers(20_261_121)
const anyColour = () =>
  `#${Math.floor(random() * 0x1000000)
    .toString(16)
    .padStart(6, '0')}`
const worst = (palettes: Iterable<Palette>) => {
  const found = {
    count: 0,
    text: Number.POSITIVE_INFINITY,
    control: Number.POSITIVE_INFINITY,
    short: [] as unknown[],
  }
  for (const palette of palettes) {
    const after = repaired(palette)
    found.count++
    // Computed here by WCAG's formula, not taken from the repair.
    for (const { colour, on, ratioMin } of pairs) {
      const ground =
        typeof on === 'string' ? after[on] : mixed(after[on.tint], on.percent / 100, after[on.over])
      const ratio = contrast(after[colour], ground)
      const kind = ratioMin === 3 ? 'control' : 'text'
      found[kind] = Math.min(found[kind], ratio)
      if (ratio < ratioMin) found.short.push({ colour, on, ratio, palette })
    }
  }
  return found
}

/** Alpha compositing, written once more. */
function mixed(top: string, alpha: number, below: string): string {
  const byte = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16)
  const mix = (at: number) => Math.round(byte(top, at) * alpha + byte(below, at) * (1 - alpha))
  return `#${[1, 3, 5].map((at) => mix(at).toString(16).padStart(2, '0')).join('')}`
}

describe('contrast', () => {
  it('is measured as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
    expect(contrast('#1a73e8', '#1a73e8')).toBe(1)
    expect(luminance('#808080')).toBeCloseTo(0.2159, 3)
  })

  it('of text on any colour reaches 4.5:1 with black or white', () => {
    for (let n = 0; n < 4096; n++) {
      const hex = anyColour()
      expect(contrast(hex, textOn(hex)), hex).toBeGreaterThanOrEqual(4.5)
    }
  })
})

describe('repair', () => {
  it('leaves no text under 4.5:1 and no control border under 3:1 in 10,000 random palettes', () => {
    const found = worst(
      (function* () {
        for (let n = 0; n < 10_000; n++)
          yield Object.fromEntries(colourTokens.map((token) => [token, anyColour()])) as Palette
      })(),
    )
    expect(found.short.slice(0, 3)).toEqual([])
    expect(found.count).toBe(10_000)
    expect(found.text).toBeGreaterThanOrEqual(4.5)
    expect(found.control).toBeGreaterThanOrEqual(3)
  }, 240_000)

  it('does so for themes that say a few colours, in both schemes', () => {
    const found = worst(
      (function* () {
        for (let n = 0; n < 1_000; n++) {
          const few = (): GivenPalette =>
            Object.fromEntries(
              colourTokens.filter(() => random() < 0.15).map((token) => [token, anyColour()]),
            )
          const light = few()
          yield completed('light', light)
          yield completed('dark', few(), light)
        }
      })(),
    )
    expect(found.short.slice(0, 3)).toEqual([])
    expect(found.count).toBe(2_000)
  }, 60_000)

  it('changes nothing of what it repaired, and nothing of our own palettes', () => {
    for (let n = 0; n < 200; n++) {
      const { primary_edge, primary_hover, danger_hover, ...palette } = repaired(
        Object.fromEntries(colourTokens.map((token) => [token, anyColour()])) as Palette,
      )
      expect(repaired(palette)).toEqual({ ...palette, primary_edge, primary_hover, danger_hover })
    }
    for (const scheme of colourSchemes)
      expect(repaired(defaultPalettes[scheme])).toMatchObject(defaultPalettes[scheme])
  })

  it('is needed: most random palettes fail before it', () => {
    let failing = 0
    for (let n = 0; n < 100; n++)
      if (
        shortfalls(painted(Object.fromEntries(colourTokens.map((token) => [token, anyColour()])) as Palette))
          .length
      )
        failing++
    expect(failing).toBeGreaterThan(95)
  })

  it('keeps the brand colour itself, and the hue of what it moves', () => {
    const after = repaired(completed('light', { primary: '#ffd400' }))
    expect(after.primary).toBe('#ffd400')
    expect(after.primary_fg).toBe('#000000')
    expect(after.link).not.toBe('#ffd400')
    const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(after.link.slice(at, at + 2), 16))
    expect((r ?? 0) > (b ?? 0) && (g ?? 0) > (b ?? 0), after.link).toBe(true)
  })
})

it('the palettes here are those of app/globals.css', () => {
  const sheet = readFileSync(join(root, 'app/globals.css'), 'utf8')
  for (const token of colourTokens) {
    if (token === 'page_bg') continue
    const name = `--bhf-${token.replaceAll('_', '-')}`
    const { light, dark } = defaultPalettes
    expect(sheet).toContain(`${name}: light-dark(${light[token]}, ${dark[token]});`)
  }
})
