import { z } from 'zod'

/** One part of a message as Gmail gives it; parts nest. */
export type MailPart = {
  mimeType?: string | null | undefined
  filename?: string | null | undefined
  headers?: { name: string; value: string }[] | null | undefined
  body?: { size?: number | null | undefined; data?: string | null | undefined } | null | undefined
  parts?: MailPart[] | null | undefined
}

export const mailPart: z.ZodType<MailPart> = z.object({
  mimeType: z.string().nullish(),
  filename: z.string().nullish(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  body: z.object({ size: z.number().nullish(), data: z.string().nullish() }).nullish(),
  get parts() {
    return z.array(mailPart).nullish()
  },
})

/** All parts, outermost first. */
export const flatten = (part: MailPart): MailPart[] => [part, ...(part.parts ?? []).flatMap(flatten)]

export const header = (part: MailPart | null | undefined, name: string): string | null =>
  part?.headers?.find((one) => one.name.toLowerCase() === name.toLowerCase())?.value ?? null

/** The plain text of a message; `null` where it has none, as in a message of HTML alone. */
export function plainText(root: MailPart): string | null {
  const part = flatten(root).find((one) => one.mimeType === 'text/plain' && !one.filename && one.body?.data)
  return part?.body?.data ? Buffer.from(part.body.data, 'base64url').toString('utf8') : null
}

/** Splits text so that no piece has more than `max` bytes of UTF-8 and no character is cut. */
function pieces(text: string, max: number): string[] {
  const result = ['']
  for (const character of text) {
    const last = result.length - 1
    if (Buffer.byteLength(`${result[last]}${character}`) > max) result.push(character)
    else result[last] += character
  }
  return result
}

/** A header's text: as it is where it is plain and short, else encoded words of at most 75 characters (RFC 2047 §2). */
function headerText(text: string): string {
  if (/^[\x20-\x7e]{0,900}$/.test(text) && !text.includes('=?')) return text
  return pieces(text, 42)
    .map((piece) => `=?UTF-8?B?${Buffer.from(piece).toString('base64')}?=`)
    .join('\r\n ')
}

export type Mail = {
  to: readonly string[]
  cc?: readonly string[] | undefined
  subject: string
  text: string
}

/**
 * A message in the form of RFC 5322 with a body in base64, so that no line of it can be too long or end the message.
 * @throws RangeError when an address or the subject holds a line break, which would forge a header
 */
export function formatMail(mail: Mail): string {
  const values = [...mail.to, ...(mail.cc ?? []), mail.subject]
  if (values.some((value) => /[\r\n\0]/.test(value)))
    throw new RangeError('a header may not hold a line break')
  const body = Buffer.from(mail.text.replace(/\r?\n/g, '\r\n')).toString('base64')
  return [
    `To: ${mail.to.join(',\r\n ')}`,
    ...(mail.cc?.length ? [`Cc: ${mail.cc.join(',\r\n ')}`] : []),
    `Subject: ${headerText(mail.subject)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(body.match(/.{1,76}/g) ?? []),
    '',
  ].join('\r\n')
}
