import { mapStrings } from './walk.ts'

const marker = '[redacted]'
const bodyCharsMax = 4_000
/** Shorter ones, and shorter pieces of them, would be found in innocent text. */
const formCharsMin = 8

/** What is the same in Base64 whatever stands around a secret: one core for each place that it may begin at. */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The first and the last characters hold bits of the neighbours.
    const from = Math.ceil((before * 4) / 3)
    const to = (before + bytes.length) % 3 === 0 ? text.length : text.length - 1
    return text.slice(from, to)
  })
}

const html = (text: string) =>
  text.replace(/[&<>"']/g, (sign) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[sign] ?? '#39'};`)

/** The spellings under which a secret may come back: inside JSON, a URL, a form, HTML, hexadecimal or Base64. */
function spellings(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1)
  const percent = encodeURIComponent(secret)
  const cores = base64Cores(secret)
  const forms = [
    secret,
    escaped,
    escaped.replaceAll('/', '\\/'),
    JSON.stringify(escaped).slice(1, -1),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams({ s: secret }).toString().slice(2),
    html(secret),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('hex').toUpperCase(),
    ...runsOf(secret),
    ...cores,
    ...cores.map((core) => core.replaceAll('+', '-').replaceAll('/', '_')),
  ]
  return [...new Set(forms)].filter((form) => form.length >= formCharsMin)
}

// Longer ones first, so that none is cut by a shorter one that it holds.
const formsOf = (secrets: readonly string[]): string[] =>
  secrets.flatMap(spellings).sort((one, other) => other.length - one.length)

const without = (text: string, forms: readonly string[]): string => {
  let clean = text
  for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, marker)
  return clean
}

const pieceChars = 24

/**
 * Letters and digits of a secret that stand together are the same however it was escaped, once or five times over. Shorter
 * ones, or words without a digit, may stand in innocent text.
 */
const runsOf = (secret: string): string[] =>
  (secret.match(/[A-Za-z0-9]{16,}/g) ?? []).filter((run) => /\d/.test(run) && /[A-Za-z]/.test(run))

/** The most signs of Base64 or hexadecimal that a text has in one run: few have as many as a secret would take. */
const longestRun = (text: string): number =>
  (text.match(/[\w+/-]{8,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0)

/**
 * Whether a secret may stand in a text in any of its spellings: a few searches for pieces that those have in common, so
 * that the ordinary answer, in which it does not, costs next to nothing. Never wrong where it says no.
 */
function mayHold(text: string, run: number, secret: string): boolean {
  // Escapes of every kind leave letters and digits as they are.
  const part = (secret.match(/[A-Za-z0-9]+/g) ?? []).reduce(
    (long, one) => (one.length > long.length ? one : long),
    '',
  )
  if (part.length < 4 || text.includes(part)) return true
  const start = secret.slice(0, pieceChars)
  // In Base64 it is one run of at least as many signs, and in hexadecimal of more.
  if (run < Math.floor((Buffer.byteLength(start) * 4) / 3) - 1) return false
  const hex = Buffer.from(start).toString('hex')
  if (text.includes(hex) || text.includes(hex.toUpperCase())) return true
  return base64Cores(start).some(
    (core) => text.includes(core) || text.includes(core.replaceAll('+', '-').replaceAll('/', '_')),
  )
}

function heldIn(text: string, secrets: readonly string[]): string[] {
  const run = longestRun(text)
  return secrets.filter((secret) => secret.length >= formCharsMin && mayHold(text, run, secret))
}

/** Takes our own secrets out of a provider's answer: an echo of the token ends here (THREATS.md B4). */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  const held = heldIn(text, secrets)
  return held.length === 0 ? text : without(text, formsOf(held))
}

/**
 * Takes our own secrets out of what a tool made of an answer: what was escaped, wrapped or encoded in the provider's
 * text may be plain by now.
 */
export function redactOutput(output: unknown, secrets: readonly string[]): unknown {
  const text = JSON.stringify(output)
  if (text === undefined) return output
  const written = text.includes('\\n') || text.includes('\\r') ? text.replaceAll(/\\[rn]/g, '') : text
  const held = heldIn(written, secrets)
  if (held.length === 0) return output
  const forms = formsOf(held)
  return mapStrings(output, (string) => {
    const clean = without(string, forms)
    if (!/[\r\n]/.test(clean)) return clean
    // Base64 that is broken into lines is shown without them where one of them went through a secret.
    const joined = clean.replaceAll(/[\r\n]+/g, '')
    const found = without(joined, forms)
    return found === joined ? clean : found
  })
}

export function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false }
  }
}

/** A provider's refusal as a client may see it: its JSON when that is small, else the beginning of its text. */
export const publicBody = (body: unknown, text: string): unknown =>
  body !== null && text.length <= bodyCharsMax ? body : text.slice(0, bodyCharsMax)
