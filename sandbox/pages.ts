import { createHash } from 'node:crypto'
import { type Person, people } from './people.ts'
import { scopes } from './scopes.ts'

const style = `
:root{color-scheme:light dark;--bg:#fbf4e6;--card:#fffdf8;--ink:#1c2420;--soft:#4d5a53;--line:#8a8674;--brand:#0b5d4b;--on:#ffffff;--bad:#a3231f}
@media (prefers-color-scheme:dark){:root{--bg:#111b17;--card:#1a2722;--ink:#edf4f0;--soft:#b4c4bb;--line:#7d9087;--brand:#86dcc2;--on:#0b2019;--bad:#ffb1a8}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:1rem/1.5 Georgia,'Times New Roman',serif}
.bar{background:var(--brand);color:var(--on);padding:.75rem 1rem;font-weight:bold}
.bar small{font-weight:normal;font-size:.875rem;margin-left:.5rem}
main{max-width:27rem;margin:1.5rem auto;padding:1.25rem;background:var(--card);border:1px solid var(--line);border-radius:2px}
@media (max-width:28rem){main{margin:0;border-width:0 0 1px}}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.5rem 0}.soft{color:var(--soft)}.bad{color:var(--bad);font-weight:bold}
.wrap{overflow-wrap:anywhere}
button{font:inherit;cursor:pointer;border-radius:2px;border:1px solid var(--brand);padding:.6rem 1rem;min-height:2.75rem;background:transparent;color:var(--ink)}
button.main{background:var(--brand);color:var(--on);font-weight:bold}
.person{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .75rem;margin:.5rem 0}.person button{flex:0 0 9.5rem;text-align:left}
button.plain{border:0;padding:.25rem 0;min-height:1.5rem;text-decoration:underline;color:var(--brand)}
:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
input[type=email]{font:inherit;width:100%;padding:.55rem;border:1px solid var(--line);border-radius:2px;background:var(--bg);color:var(--ink)}
label{display:block}
fieldset{border:0;padding:0;margin:1rem 0}legend{padding:0;font-weight:bold}
.scope{display:flex;gap:.75rem;align-items:flex-start;padding:.5rem 0;border-bottom:1px solid var(--line)}
.scope input{inline-size:1.25rem;block-size:1.25rem;margin:.15rem 0 0;flex:none;accent-color:var(--brand)}
code{font-size:.8125rem;color:var(--soft);overflow-wrap:anywhere}
ul{padding-left:1.1rem;margin:.25rem 0}
.row{display:flex;gap:.75rem;flex-wrap:wrap;margin-top:1rem}.row button{flex:1 1 7rem}
`

/**
 * No `form-action`: browsers apply it to the redirects after a submit too, and the last one leaves for the
 * client's own address.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const safe = (text: string) => text.replace(/[&<>"']/g, (c) => escapes[c] ?? c)

const layout = (title: string, page: string, content: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe(title)} · Acme Tasks</title>
<style>${style}</style>
</head>
<body data-page="${page}">
<header class="bar">Acme Tasks<small>practice provider</small></header>
<main>
${content}
</main>
</body>
</html>
`

export function loginPage(options: {
  action: string
  clientName: string
  hint: string
  unknownEmail: boolean
}): string {
  const buttons = people.map(
    (person) =>
      `<div class="person"><button name="user" value="${person.id}" aria-describedby="e-${person.id}">${safe(person.name)}</button><span class="soft wrap" id="e-${person.id}">${safe(person.email)}</span></div>`,
  )
  const error = options.unknownEmail
    ? '<p class="bad" id="email-error">No practice user has this email address. Pick one of the people above.</p>'
    : ''
  return layout(
    'Sign in',
    'login',
    `<h1>Sign in to Acme Tasks</h1>
<p>to continue to <strong class="wrap">${safe(options.clientName)}</strong></p>
<p class="soft">These people and their tasks are made up. There is no password.</p>
<form method="post" action="${safe(options.action)}">
${buttons.join('\n')}
</form>
<h2>Or type an email address</h2>
<form method="post" action="${safe(options.action)}">
<label for="email">Email</label>
<input type="email" id="email" name="user" autocomplete="off" required value="${safe(options.hint)}"${options.unknownEmail ? ' aria-invalid="true" aria-describedby="email-error"' : ''}>
${error}
<div class="row"><button class="main">Continue</button></div>
</form>`,
  )
}

export function consentPage(options: {
  action: string
  switchAction: string
  clientName: string
  returnsTo: string
  person: Person
  requested: readonly string[]
}): string {
  const fixed = options.requested.filter((scope) => scopes[scope]?.fixed)
  const free = options.requested.filter((scope) => scopes[scope]?.fixed === false)
  const boxes = free.map(
    (scope) =>
      `<label class="scope"><input type="checkbox" name="scope" value="${safe(scope)}" checked><span>${safe(scopes[scope]?.does ?? scope)} <code>${safe(scope)}</code></span></label>`,
  )
  const always = fixed.map(
    (scope) => `<li>${safe(scopes[scope]?.does ?? scope)} <code>${safe(scope)}</code></li>`,
  )
  return layout(
    'Allow access',
    'consent',
    `<h1>Allow access</h1>
<p><strong class="wrap">${safe(options.clientName)}</strong> wants to use your Acme Tasks account.</p>
<form method="post" action="${safe(options.switchAction)}">
<p>Signed in as <strong>${safe(options.person.name)}</strong> <span class="soft wrap">${safe(options.person.email)}</span>
<button class="plain">Use another account</button></p>
</form>
<form method="post" action="${safe(options.action)}">
${boxes.length > 0 ? `<fieldset><legend>It may</legend>\n${boxes.join('\n')}\n</fieldset>` : ''}
${always.length > 0 ? `<h2>Always included</h2><ul>${always.join('')}</ul>` : ''}
<p class="soft">You return to <span class="wrap">${safe(options.returnsTo)}</span></p>
<div class="row"><button class="main" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></div>
</form>`,
  )
}

export function messagePage(title: string, text: string, detail = ''): string {
  return layout(
    title,
    'message',
    `<h1>${safe(title)}</h1>\n<p>${safe(text)}</p>${detail ? `\n<p class="soft wrap">${safe(detail)}</p>` : ''}`,
  )
}
