// A page of a person's, looked at in both schemes and as narrow as must do.
import type { Page } from '@playwright/test'
import { instance } from '../../scripts/testing/instance.ts'
import { axeFindings, ofColours } from './axe.ts'
import { expect } from './test.ts'

/**
 * Looks at a page as it stands, in both schemes, and for what sticks out where it is as narrow as must do.
 * @param name said where something is found
 */
export async function look(page: Page, name = page.url()) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const rules = colorScheme === 'dark' ? ofColours : undefined
    expect.soft(await axeFindings(page, rules), `${name}, ${colorScheme}`).toEqual([])
  }
  const size = page.viewportSize()
  await page.setViewportSize(narrow().viewport)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect.soft(overflow, `${name}, ${narrow().viewport.width} px`).toBeLessThanOrEqual(0)
  if (size) await page.setViewportSize(size)
}

/** The settings of a narrow window. */
export const narrow = () =>
  ({
    viewport: { width: 320, height: 640 },
    reducedMotion: 'reduce',
    baseURL: instance().publicUrl,
  }) as const
