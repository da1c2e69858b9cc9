import type { AppError } from '#lib/errors'
import { anchored } from '#lib/log'

/** The pages that are answered with here. Whoever draws pages hands them over; until then they are plain. */
export type Pages = {
  /** An error that no client can be told of. @returns HTML */
  error: (facts: { error: string; description: string; headers: Headers }) => Promise<string>
  /** What was asked for too often, with when to come again. */
  tooMany: (error: AppError, headers: Headers) => Response
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (mark) => `&#${mark.codePointAt(0)};`)

const plain: Pages = {
  error: async ({ error, description }) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>This cannot be continued</title>
<h1>This cannot be continued</h1><p>${escaped(description)}</p><p><code>${escaped(error)}</code></p></html>`,
  tooMany: ({ facts }) =>
    new Response(`${facts.detail}\n`, {
      status: 429,
      headers: { 'retry-after': String(facts.retry_after_seconds), 'content-type': 'text/plain' },
    }),
}

const held = anchored('oauth.pages', (): { pages: Pages } => ({ pages: plain }))

/** Hands over who draws the page. */
export function renderPagesWith(pages: Pages): void {
  held.pages = pages
}

export const pages = (): Pages => held.pages
