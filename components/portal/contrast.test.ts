import { describe, expect, it } from 'vitest'
import { contrast, textOn } from './contrast.ts'

describe('text on a brand colour', () => {
  it('measures contrast as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
    expect(contrast('#1a73e8', '#1a73e8')).toBe(1)
  })

  it('is readable on every colour that a tenant may choose', () => {
    const levels = ['00', '33', '66', '77', '80', '99', 'cc', 'ff']
    for (const r of levels)
      for (const g of levels)
        for (const b of levels) {
          const hex = `#${r}${g}${b}`
          expect(contrast(hex, textOn(hex)), hex).toBeGreaterThanOrEqual(4.5)
        }
  })
})
