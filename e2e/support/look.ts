// A page of a person's, looked at in both schemes and as narrow as must do.
import type { Page } from '@playwright/test'
import { instance } from '../../scripts/testing/instance.ts'
import { axeFindings, ofColours } from './axe.ts'
import { expect } from './test.ts'

/** Looks at a page as it stands, in both schemes. */
export async function look(page: Page) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const rules = colorScheme === 'dark' ? ofColours : undefined
    expect(await axeFindings(page, rules), colorScheme).toEqual([])
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
}

/** The settings of a narrow window. */
export const narrow = () =>
  ({
    viewport: { width: 320, height: 640 },
    reducedMotion: 'reduce',
    baseURL: instance().publicUrl,
  }) as const
