import { createHash } from 'node:crypto'
import { type Translator, translator } from '#lib/i18n'
import { isLocale, type Locale } from '#lib/i18n/schema'
import { keysPagePath, type Receipt, sealType } from './fields.ts'
import { canonicalBytes, decodePayload, type Jwk, sha256Hex } from './jws.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'
import type { ReceiptSigner } from './store.ts'

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A parser would make a line feed of it, and the text shown would not be the text signed.
  '\r': '&#13;',
}
export const escapeHtml = (text: string): string => text.replace(/[&<>"'\r]/g, (c) => escapes[c] ?? c)
const safe = escapeHtml

/** JSON for the inside of a script element, which ends at the first `</`. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

export const cspHash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The texts of the page's own check, in its language. */
function checkTexts(t: Translator): Record<string, string> {
  const all = Object.entries<string>(t.texts('receipt'))
  return Object.fromEntries(all.filter(([name]) => /^(check|found)_/.test(name)))
}

/** An address in a line can be followed; it leads where it says, and the page's script looks whether it does. */
const linked = (line: string): string =>
  line
    .split(/(https?:\/\/[^\s<>"']*[\w/])/)
    .map((part, at) =>
      at % 2 === 0 ? safe(part) : `<a href="${safe(part)}" rel="noreferrer">${safe(part)}</a>`,
    )
    .join('')

/** What is shown is what was signed, text by text: the page's script compares them. */
function article({ words, consent_text }: Receipt): string[] {
  return [
    '<article id="receipt">',
    `<h1>${safe(words.title)}</h1>`,
    `<p class="summary">${safe(words.summary)}</p>`,
    '<dl>',
    ...words.rows.map(
      ({ label, lines }) =>
        `<div><dt>${safe(label)}</dt>${lines.map((line) => `<dd>${linked(line)}</dd>`).join('')}</div>`,
    ),
    '</dl>',
    `<h2>${safe(words.exact_text)}</h2>`,
    `<div class="exact">${safe(consent_text)}</div>`,
    '</article>',
  ]
}

const fact = (label: string, value: string): string => `<div><dt>${safe(label)}</dt><dd>${value}</dd></div>`

function footer(t: Translator, { iss }: Receipt, kid: string): string[] {
  const page = safe(iss + keysPagePath)
  return [
    '<footer><dl>',
    fact(t('receipt.signed_by'), `<span id="issuer">${safe(iss)}</span>`),
    fact(t('receipt.key'), `<code id="fingerprint">${safe(kid)}</code>`),
    fact(t('receipt.published'), `<a href="${page}" rel="noreferrer">${page}</a>`),
    fact(t('receipt.command'), `<code>npm run behalf -- verify-receipt FILE --url ${safe(iss)}</code>`),
    '</dl></footer>',
  ]
}

export const localeOf = (language: string): Locale =>
  language === 'en-XA' || isLocale(language) ? language : 'en'

/** The page without its seal. */
function page(jws: string, keys: readonly Jwk[], kid: string): string {
  const receipt = decodePayload(jws) as Receipt
  const t = translator(localeOf(receipt.language))
  const script = `const TEXTS = ${inScript(checkTexts(t))};${pageScript}`
  const policy = [
    "default-src 'none'",
    `script-src ${cspHash(script)}`,
    `style-src ${cspHash(pageStyle)}`,
    `connect-src ${new URL(receipt.iss).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return [
    '<!doctype html>',
    `<html lang="${safe(t.locale)}" dir="${t.dir}">`,
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="content-security-policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    '<meta name="robots" content="noindex">',
    `<title>${safe(receipt.words.title)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<section id="check" data-state="wait" aria-live="polite"><h2 id="verdict">${safe(t('receipt.check_wait'))}</h2><p id="verdict-more">${safe(t('receipt.check_wait_more'))}</p><details id="what"><summary>${safe(t('receipt.check_what'))}</summary><ul id="found"></ul></details></section>`,
    ...article(receipt),
    ...footer(t, receipt, kid),
    '</main>',
    `<script type="application/jose" id="jws">${jws}</script>`,
    `<script type="application/json" id="keys">${inScript({ keys })}</script>`,
    `<script>${script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

/** The lines that a seal names, each by the beginning of its hash: enough to say where, not to prove that. */
export const lineHashes = (bytes: Buffer): string[] => {
  const hashes: string[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from)
    const to = end < 0 ? bytes.length : end + 1
    hashes.push(sha256Hex(bytes.subarray(from, to)).slice(0, 12))
    from = to
  }
  return hashes
}

/**
 * A receipt as one page that needs nothing else. Its last line seals every byte above it: a page cannot check its own
 * bytes, but whoever has the file can, in whatever version of Behalf, long after this one's pages look otherwise.
 * @param keys the key that signed the receipt, and where it is another, the one that seals
 */
export async function renderHtml(
  jws: string,
  kid: string,
  keys: readonly Jwk[],
  seal: Pick<ReceiptSigner, 'sign'>,
): Promise<string> {
  const html = page(jws, keys, kid)
  const bytes = Buffer.from(html)
  const { jti } = decodePayload(jws) as Receipt
  const payload = canonicalBytes({ receipt: jti, sha256: sha256Hex(bytes), lines: lineHashes(bytes) })
  const sealed = await seal.sign(sealType, payload, { payload_sha256: sha256Hex(payload) })
  return `${html}<!-- seal ${sealed} -->\n`
}
