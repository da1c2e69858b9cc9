const mask = '[redacted]'
const bodyCharsMax = 4_000

/** The spellings under which a secret may come back: as it is, inside JSON, inside a URL, and in Base64. */
function spellings(secret: string): string[] {
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ]
  return [...new Set(forms)]
}

/** Takes our own secrets out of a provider's answer: an echo of the token ends here (THREATS.md B4). */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const form of secrets.flatMap(spellings)) if (form.length >= 8) clean = clean.replaceAll(form, mask)
  return clean
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
