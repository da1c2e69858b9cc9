import { anchored } from '#lib/log'

/** The one page that the provider itself answers with. Whoever draws pages hands it over; until then it is plain. */
export type Pages = {
  /** An error that no client can be told of. @returns HTML */
  error: (facts: { error: string; description: string; headers: Headers }) => Promise<string>
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (mark) => `&#${mark.codePointAt(0)};`)

const plain: Pages = {
  error: async ({ error, description }) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>This cannot be continued</title>
<h1>This cannot be continued</h1><p>${escaped(description)}</p><p><code>${escaped(error)}</code></p></html>`,
}

const held = anchored('oauth.pages', (): { pages: Pages } => ({ pages: plain }))

/** Hands over who draws the page. */
export function renderPagesWith(pages: Pages): void {
  held.pages = pages
}

export const pages = (): Pages => held.pages
