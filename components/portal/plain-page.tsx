import type { Translator } from '#lib/i18n/schema'
import { noticeFor } from './notices.ts'

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const safe = (text: string): string => text.replace(/[&<>"']/g, (c) => escapes[c] ?? c)

// The tokens' defaults again, as handlers answer without the app's stylesheet: its name is known to pages only.
const style = `
:root{color-scheme:light dark;--bg:light-dark(#f6f7f9,#0d0f14);--fg:light-dark(#151922,#e9ebf0);--card:light-dark(#fff,#15181f);--muted:light-dark(#565e6d,#a1a9b8);--border:light-dark(#e1e4ea,#292e39);--link:light-dark(#2b3bb8,#a9b3ff);--tint:light-dark(#f3ebdf,#2f2a20);--mark:light-dark(#8a5800,#efb74a)}
*{box-sizing:border-box}
body{margin:0;padding:3rem 1rem;background:var(--bg);color:var(--fg);font:.875rem/1.65 ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;overflow-wrap:break-word}
main{max-width:28rem;margin:0 auto;padding:2.5rem 1.5rem;background:var(--card);border:1px solid var(--border);border-radius:.875rem;text-align:center}
i{display:grid;place-items:center;width:3rem;height:3rem;margin:0 auto;border-radius:99px;background:var(--tint);color:var(--mark);font:600 1.375rem/1 ui-sans-serif,system-ui,sans-serif}
h1{margin:1.25rem 0 .625rem;font-size:1.25rem;line-height:1.375;font-weight:600;letter-spacing:-.011em;text-wrap:balance}
p{margin:.625rem auto 0;max-width:24rem;color:var(--muted);text-wrap:pretty}p+p{color:var(--fg)}
a{display:inline-block;padding:.25rem 0;color:var(--link);text-underline-offset:2px}:focus-visible{outline:2px solid var(--link);outline-offset:2px}
`

/** How a plain page is written. @param nonce of its content security policy */
export type Written = { t: Translator; dir: 'ltr' | 'rtl'; nonce: string | null }

type Content = {
  title: string
  paragraphs: readonly string[]
  /** Something to be warned of, rather than told. */
  alert?: boolean
  link?: { href: string; text: string }
  /** Where the page goes by itself. */
  to?: string
}

/** A whole page without the app around it: for handlers, and for when nothing else can be reached. */
export function plainPage({ t, dir, nonce }: Written, content: Content): string {
  const { title, paragraphs, alert = false, link, to } = content
  const said = paragraphs.map((text) => `<p>${safe(text)}</p>`).join('')
  return `<!doctype html>
<html lang="${safe(t.locale)}" dir="${dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="/icon.svg">${to === undefined ? '' : `\n<meta http-equiv="refresh" content="0;url=${safe(to)}">`}
<title>${safe(title)}</title>
<style${nonce ? ` nonce="${safe(nonce)}"` : ''}>${style}</style>
</head>
<body><main><div role="${alert ? 'alert' : 'status'}">${alert ? '<i aria-hidden="true">!</i>' : ''}<h1>${safe(title)}</h1>${said}</div>${
    link ? `<p><a href="${safe(link.href)}">${safe(link.text)}</a></p>` : ''
  }</main></body>
</html>
`
}

/** What stands in the way, as a whole page. */
export function plainNotice(
  error: { code: string; facts: { param?: string } },
  written: Written,
  link?: { href: string; text: string },
): string {
  const name = noticeFor(error)
  const { t } = written
  const paragraphs = [t(`states.${name}_body`), t(`states.${name}_next`)]
  const title = t(`states.${name}_title`)
  return plainPage(written, { title, paragraphs, alert: true, ...(link && { link }) })
}
