// What a machine can find wrong with a page. axe-core itself, without the wrapper that sends its source anew and opens
// a page of its own for every look: the looks are the largest part of the browser tests.
import type { Page } from '@playwright/test'
import axe from 'axe-core'

const wcag22aa = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** All that another colour scheme can make worse, where it changes nothing but colours. */
export const ofColours = ['color-contrast', 'link-in-text-block']

type Finding = { id: string; nodes: { html: string }[] }
type WithAxe = { axe?: { run: (context: unknown, options: unknown) => Promise<{ violations: Finding[] }> } }

/**
 * Findings of WCAG 2.2 AA on the page as it stands, a line each; none is right. Frames of other pages are left out.
 * @param rules the ids of single rules, where not all are needed
 */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  // A colour on its way to another is neither. What is folded away stands still, and is never there.
  await page.evaluate(() => {
    const isShown = (effect: AnimationEffect | null) =>
      !(effect instanceof KeyframeEffect) || (effect.target?.checkVisibility() ?? true)
    const ending = document
      .getAnimations()
      .filter(({ effect }) => isShown(effect) && Number.isFinite(effect?.getComputedTiming().endTime ?? 0))
    return Promise.allSettled(ending.map(({ finished }) => finished)).then(() => undefined)
  })
  const known = await page.evaluate(() => (window as WithAxe).axe !== undefined)
  if (!known) await page.evaluate(axe.source)
  const violations = await page.evaluate(
    async (options) => {
      const answer = await (window as WithAxe).axe?.run(document, options)
      return answer?.violations.map(({ id, nodes }) => ({ id, html: nodes.map(({ html }) => html) }))
    },
    { runOnly: [...(rules ?? wcag22aa)], resultTypes: ['violations'], iframes: false },
  )
  if (!violations) throw new Error('axe is not on the page')
  return violations.map(({ id, html }) => `${id}: ${html.map((one) => one.slice(0, 200)).join(' | ')}`)
}
