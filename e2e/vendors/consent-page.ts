import type { Asked } from './authority.ts'

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

const page = (title: string, main: string) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head>
<body><main>${main}</main></body>
</html>`

/** Names its parts as the practice provider's page does, so that one test can answer either. */
export function consentPage(vendor: string, person: string, asked: Asked, fixed: readonly string[]): string {
  const boxes = asked.scopes
    .filter((scope) => !fixed.includes(scope))
    .map(
      (scope) =>
        `<p><label><input type="checkbox" name="scope" value="${escaped(scope)}" checked> ${escaped(scope)}</label></p>`,
    )
    .join('\n')
  return page(
    `${vendor} (strict front)`,
    `<h1>Allow access</h1>
<p>An app asks for access to the ${escaped(vendor)} account of ${escaped(person)}.</p>
<form method="post" action="/_front/consent">
<input type="hidden" name="request" value="${asked.id}">
${boxes}
<p><button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button></p>
</form>`,
  )
}

export const refusalPage = (why: string) => page('Refused', `<h1>Request refused</h1><p>${escaped(why)}</p>`)
