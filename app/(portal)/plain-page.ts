import { noticeFor } from '#components/portal/notice'
import type { AppError } from '#lib/errors'

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
:root{color-scheme:light dark;--bg:#f6f7f9;--fg:#151922;--card:#fff;--muted:#565e6d;--border:#e1e4ea;--link:#2b3bb8;--tint:#fbf3e2;--mark:#8a5800}
@media (prefers-color-scheme:dark){:root{--bg:#0d0f14;--fg:#e9ebf0;--card:#15181f;--muted:#a1a9b8;--border:#292e39;--link:#a9b3ff;--tint:#2d2617;--mark:#efb74a}}
*{box-sizing:border-box}
body{margin:0;padding:3rem 1rem;background:var(--bg);color:var(--fg);font:.875rem/1.6 ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;overflow-wrap:break-word}
main{max-width:28rem;margin:0 auto;padding:2.25rem 1.5rem;background:var(--card);border:1px solid var(--border);border-radius:.875rem;text-align:center}
i{display:grid;place-items:center;width:2.75rem;height:2.75rem;margin:0 auto;border-radius:99px;background:var(--tint);color:var(--mark);font:600 1.25rem/1 ui-sans-serif,system-ui,sans-serif}
h1{margin:1rem 0 .5rem;font-size:1.25rem;line-height:1.4;letter-spacing:-.011em;text-wrap:balance}
p{margin:.5rem auto;max-width:24rem;color:var(--muted);text-wrap:pretty}p+p{color:var(--fg)}
a{color:var(--link)}:focus-visible{outline:2px solid var(--link);outline-offset:2px}
`

const page = (title: string, content: string, nonce: string | null, head = ''): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="/icon.svg">${head}
<title>${safe(title)}</title>
<style${nonce ? ` nonce="${safe(nonce)}"` : ''}>${style}</style>
</head>
<body><main>${content}</main></body>
</html>
`

const html = (text: string, status: number): Response =>
  new Response(text, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })

/** An error as a page with its status: what happened, and what to do now. */
export function errorPage(error: AppError, nonce: string | null): Response {
  const { title, body, next } = noticeFor(error)
  const content = `<i aria-hidden="true">!</i><h1>${safe(title)}</h1><p>${safe(body)}</p><p>${safe(next)}</p>`
  return html(page(title, content, nonce), error.status)
}

/**
 * Takes the browser to another site after a form was sent. Not by a redirect: browsers apply `form-action` to each
 * hop after a submit, and whoever signs in by SSO, or has agreed at the provider before, hops through sites that
 * no policy of ours can name. So that policy stays `'self'`, and this page goes on by itself.
 */
export function leavingPage(to: string, place: string, nonce: string | null, cookie?: string): Response {
  const head = `\n<meta http-equiv="refresh" content="0;url=${safe(to)}">`
  const content = `<h1>Taking you to ${safe(place)}</h1><p>If nothing happens, <a href="${safe(to)}">continue to ${safe(place)}</a>.</p>`
  const response = html(page(`Taking you to ${place}`, content, nonce, head), 200)
  if (cookie) response.headers.set('set-cookie', cookie)
  return response
}
